#!/bin/sh
# Runs a file with the project's own Node, which runs TypeScript as it is. Installs it first where that is due.
set -eu
root=$(cd "$(dirname "$0")" && pwd -P)
installed=$root/node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ "$root/package-lock.json" -nt "$installed" ]; then
  echo 'Installing what package-lock.json names (npm ci)…' >&2
  (cd "$root" && npm ci --no-audit --no-fund --loglevel=error >&2)
fi
PATH=$root/node_modules/.bin:$PATH
# npm 10 makes no link for this program, so its own folder comes first. It exists for Linux on x64 and arm64 only.
for own in "$root"/node_modules/node-linux-*/bin; do
  if [ -x "$own/node" ]; then PATH=$own:$PATH; fi
done
export PATH
if [ ! -x "${own:-}/node" ] && ! node -e 'process.exit(process.versions.node.split(".")[0] < 24 ? 1 : 0)'; then
  echo "Berth needs Node 24 or later on this platform; this is $(node --version)." >&2
  exit 1
fi
exec node "$@"
