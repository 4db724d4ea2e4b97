/** What an engine calls things -> what their tenant does: names of containers, networks and volumes. Own ids lead to themselves. */
export type EngineNames = ReadonlyMap<string, string>;

/**
 * An engine's error message made fit for a tenant: in the tenant's own words, on one line, and without anything of the host: no
 * path, address, host name, process id, or thing of another. What clients read out of a message stays: the docker CLI makes exit
 * codes 127 and 126 from "executable file not found", "no such file or directory", "permission denied" and "is a directory"
 * (docker/cli, cli/command/container/run.go).
 */
export function engineMessageScrub(message: string, names: EngineNames): string {
  const line = oneLine(message);
  const renamed = rename(line, names);
  const known = knownMessage(renamed, names);
  if (known !== null) return known;
  if (isClean(renamed, names)) return renamed;
  const sentence = /^.*?[.!?](?=\s)/.exec(renamed)?.[0] ?? '';
  return sentence.includes(' ') && isClean(sentence, names) ? sentence : generalMessage(line);
}

const maxLength = 1000;

function oneLine(message: string): string {
  const text = message
    .slice(0, 8 * maxLength)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** Whole words only: a part of a longer word is another name. Ids may be cut to twelve digits. */
function rename(text: string, names: EngineNames): string {
  return text.replace(/[A-Za-z0-9][\w.-]*[\w]/g, (word) => {
    const own = names.get(word);
    if (own !== undefined) return own;
    if (!/^[0-9a-f]{12,63}$/.test(word)) return word;
    for (const [id, shown] of names) if (id.startsWith(word)) return shown === id ? word : shown;
    return word;
  });
}

/** The reasons that the kernel and the runtimes give, which say nothing about a host. The first that is found counts. */
const reasons = [
  'executable file not found in $PATH',
  'executable file not found',
  'exec format error',
  'no such file or directory',
  'permission denied',
  'is a directory',
  'not a directory',
  'operation not permitted',
  'no space left on device',
  'cannot allocate memory',
  'device or resource busy',
  'read-only file system',
  'too many open files',
  'argument list too long',
  'too many levels of symbolic links',
  'file name too long',
];

function reasonOf(text: string): string | undefined {
  return reasons.find((reason) => text.includes(reason));
}

/** Messages that clients and people know, kept in their form. Sources: moby's daemon and libnetwork, runc, gVisor. */
function knownMessage(text: string, names: EngineNames): string | null {
  const runtime = /OCI runtime (create|exec|start|state|kill|update|pause|resume|delete) failed/.exec(text);
  if (runtime) return runtimeMessage(text, runtime[1] ?? 'create', names);

  if (/\bdial (tcp|udp)\b|no such host|connection refused|TLS handshake|x509:|i\/o timeout|^Get "?https?:/.test(text)) {
    return 'The registry could not be reached. Check the name of the image, or try again later.';
  }
  // The reference is the one that was asked for.
  const unknown = /^(manifest for \S+ not found|pull access denied for \S+, repository does not exist or may require 'docker login')/.exec(
    text,
  );
  if (unknown) return unknown[0];
  if (/port is already allocated|address already in use/.test(text))
    return 'driver failed programming external connectivity: port is already allocated';
  if (/pool overlaps|non-overlapping/i.test(text))
    return 'No free subnet was found for this network. Try again, or remove a network that is not used.';
  if (!isClean(text, names)) {
    if (/\bConflict\. The container name /.test(text)) {
      return 'Conflict. The container name is already in use. Remove or rename that container, or choose another name.';
    }
    if (/cannot remove a running container/i.test(text))
      return 'You cannot remove a running container. Stop the container before attempting removal or force remove';
    const state = /\bcontainer \S+ is (not running|not paused|already paused|paused|restarting)\b/i.exec(text)?.[1];
    if (state !== undefined) return `The container is ${state}`;
  }
  const address = /^Invalid address (\d{1,3}(?:\.\d{1,3}){3}): It does not belong to any of this network's subnets$/i.exec(text);
  // The address is the one that was asked for.
  if (address) return text;
  // In these the path is one inside the container, as its tenant wrote it.
  const file = /^(Could not find the file) (\S+) in container (\S+)$/i.exec(text);
  if (file && !looksForeign(file[3] ?? '', names)) return text;
  const directory = /^Cannot mkdir: (\/\S*) is not a directory$/i.exec(text);
  if (directory) return text;
  return null;
}

/** What an engine, its shim and runc each put before the reason, from one version to the next. */
const runtimeFrame =
  /^(failed to create task for container|failed to create shim task|OCI runtime [a-z]+ failed|(runc )?(create|start|exec) failed|unable to start container process|error during container init)$/;

/** What an engine adds to `not a directory`, whatever that was about (moby, daemon/start.go translateContainerdStartErr). */
const mountHint =
  ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';

/** `exec: "foo": executable file not found in $PATH`: the command is the tenant's; of the rest only the reason is kept, and its known frame. */
function runtimeMessage(whole: string, verb: string, names: EngineNames): string {
  const text = whole.endsWith(mountHint) ? whole.slice(0, -mountHint.length) : whole;
  const cwd = verb !== 'exec' ? null : /chdir to cwd \(("(?:[^"\\]|\\.){0,256}")\) set in config\.json failed(?=: )/.exec(text);
  const command = /exec: ("(?:[^"\\]|\\.){0,256}")/.exec(text)?.[1];
  const [before = '', after = before] = command === undefined ? [text] : textsAround(text, command);
  const reason = reasonOf(after);
  const parts = before.split(': ').filter((part) => runtimeFrame.test(part));
  if (parts.length === 0) parts.push(`OCI runtime ${verb} failed`);
  if (!parts.includes('unable to start container process')) parts.push('unable to start container process');
  if (command !== undefined && reason !== undefined && !looksForeign(command, names)) {
    parts.push(`exec: ${command}`);
    const asked = `stat ${command.slice(1, -1)}`;
    if (after.startsWith(`: ${asked}: `)) parts.push(asked);
  }
  if (cwd && command === undefined && reason !== undefined && !looksForeign(cwd[1] ?? '', names)) parts.push(cwd[0]);
  parts.push(reason ?? 'its runtime gave no reason that can be shown; check the command, the user and the working directory');
  if (text.endsWith(': unknown')) parts.push('unknown');
  return parts.join(': ') + whole.slice(text.length);
}

function textsAround(text: string, part: string): [string, string] {
  const start = text.indexOf(part);
  return [text.slice(0, start), text.slice(start + part.length)];
}

function generalMessage(text: string): string {
  const reason = reasonOf(text);
  return `The engine could not do this${reason === undefined ? '' : `: ${reason}`}. What it said is about its host and is kept for the operator. Try again, and tell the operator if it stays so.`;
}

function isClean(text: string, names: EngineNames): boolean {
  const own = new Set([...names.values()]);
  const paths = text.match(/(?<![\w.~-])\/[\w.@%+~-]+(?:\/[^\s"']*)?/g) ?? [];
  return paths.every((path) => own.has(path.slice(1))) && !looksForeign(text, names) && !addressLike.some((pattern) => pattern.test(text));
}

const addressLike = [
  /\d{1,3}(?:\.\d{1,3}){3}/,
  // IPv6, also shortened; the words around colons in a message have letters beyond f or a space.
  /(?:^|[^\w:])(?:[0-9a-f]{0,4}:){2,}[0-9a-f]{0,4}/i,
  /[a-z][a-z0-9+.-]*:\/\//i,
  /\b(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{1,5}\b/i,
  /\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|localdomain|localhost|lan|corp|intra|home|arpa)\b/i,
  /\bip-\d+-\d+-\d+-\d+\b/i,
  /\bpid:?[ =]?\d+/i,
  /\\\\|[A-Za-z]:\\/,
];

/** An engine's name or an id that is not known to be this tenant's. */
function looksForeign(text: string, names: EngineNames): boolean {
  const own = new Set([...names.values()]);
  const words = text.match(/[A-Za-z0-9][\w.-]*[\w]/g) ?? [];
  return (
    words.some((word) => {
      if (own.has(word)) return false;
      if (/berth[-_]/i.test(word)) return true;
      return /^[0-9a-f]{12,}$/.test(word) && ![...own].some((id) => id.startsWith(word));
    }) || /io\.berth\./.test(text)
  );
}
