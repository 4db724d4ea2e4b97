import { tableMarkdown } from '../policy/container-create.table.ts';
import { containerUpdateRows } from '../policy/container-update.ts';
import { execCreateRows, execStartRows } from '../policy/exec-create.ts';
import { type FieldRow, fieldTableMarkdown } from '../policy/field-table.ts';
import { networkConnectRows, networkCreateRows, networkDisconnectRows } from '../policy/network.ts';
import { registryLoginRows } from '../policy/registry-login.ts';
import { volumeCreateRows } from '../policy/volume.ts';
import { commandRows } from './divergence-commands.ts';
import { scriptDifferences } from './divergence-script.ts';
import { engineEndpoints } from './engine-endpoints.ts';
import type { Route } from './route.ts';
import { dockerRoutes } from './routes.ts';
import { apiVersionMax, apiVersionMin } from './versions.ts';

const bodies: [route: string, rows: readonly FieldRow[]][] = [
  ['POST /containers/:id/update', containerUpdateRows],
  ['POST /containers/:id/exec', execCreateRows],
  ['POST /exec/:id/start', execStartRows],
  ['POST /networks/create', networkCreateRows],
  ['POST /networks/:id/connect', networkConnectRows],
  ['POST /networks/:id/disconnect', networkDisconnectRows],
  ['POST /volumes/create', volumeCreateRows],
  ['POST /auth', registryLoginRows],
];

/**
 * docs/divergence.md, from the tables that the code itself reads. Throws when the list of commands and the table of routes contradict
 * each other: a route that no command names, or a command that names what is not there, or refuses what is.
 */
export function divergenceMarkdown(): string {
  commandsCheck();
  return `# What differs from a stock engine

Made by \`npm run docs\` from the tables that the code reads: do not edit it.

Berth serves versions ${apiVersionMin} to ${apiVersionMax} of the Engine API, whatever its engines speak, and each reply is one of the version that was asked for.
What is not listed here is not served: it is answered with 501, a field that is refused with 403 and its name, one that is malformed with 400.

## By command
| docker | | what differs, and why |
|---|---|---|
${commandRows.map(({ command, state, words }) => `| ${command} | ${state === 'client' ? 'by the client' : state} | ${words} |`).join('\n')}

## Side by side with a bare engine
\`npm test -- comparison\` runs a script of commands on an engine of Debian and on Berth, with the same CLI, and compares what they print and their exit
codes. These are all that differ:

| command | why |
|---|---|
${scriptDifferences.map(({ lines, why }) => `| ${lines.map(codeMarkdown).join('<br>')} | ${why} |`).join('\n')}

## Replies
A reply has the keys and types of a stock engine's. Its values differ where they would tell of the host:

| in | is |
|---|---|
| ids of networks | Berth's own |
| \`ResolvConfPath\`, \`HostnamePath\`, \`HostsPath\`, \`LogPath\`, \`SandboxKey\` | empty |
| \`Mountpoint\` of a volume | a path made of the tenant's own name, of no host |
| \`State.Pid\` | a number made of the id while it runs, not the host's |
| \`Driver\`, \`GraphDriver\`, \`AppArmorProfile\`, \`MaskedPaths\`, \`ReadonlyPaths\`, \`CgroupnsMode\` | one value, the same whatever the host has |
| \`HostConfig.Runtime\` | empty; the class of isolation is in \`HostConfig.Isolation\` |
| \`HostConfig.MemorySwap\` | equal to \`Memory\`: there is no swap |
| \`Ports\` | those of the edge, never those of a host |
| \`State.Error\` and messages of an engine | with the tenant's own names; what tells of a host is left out |
| labels and variables that begin with \`io.berth.\` | dropped from requests, hidden in replies |
| the members of a network | the tenant's own, on every host |
| \`ContainerConfig\` of an image | in every version, with the image's volumes: Compose v1 reads it |
| \`info\`, \`version\` | no component, name or address of a host |

## The body of a create
A field that has no row is refused unless it is null, zero or empty. served: as asked. capped: within limits. ours: accepted, and
replaced by the platform's value. Names are taken in any case, as an engine takes them; a name twice is malformed.

\`POST /containers/create\`

${tableMarkdown()}
## Other bodies
${bodies.map(([route, rows]) => `\`${route}\`\n\n${fieldTableMarkdown(rows)}`).join('\n')}
## Every endpoint of the Engine API
| endpoint | | why |
|---|---|---|
${engineEndpoints.map(endpointRow).join('\n')}

## Every route
Parameters that are not listed are refused unless they are empty.

| route | parameters | body |
|---|---|---|
${dockerRoutes.map(routeRow).join('\n')}
`;
}

/** A bar would end the cell, within code too. */
function codeMarkdown(line: string): string {
  return `\`${line.replaceAll('|', '\\|')}\``;
}

function routeRow({ method, path, query, body }: Route): string {
  return `| \`${method} ${path.replace('*', '')}\` | ${query.map((name) => `\`${name}\``).join(' ')} | ${body === 'none' ? '' : body} |`;
}

/** An endpoint that several commands call differs when one of them does. */
function endpointRow(endpoint: string): string {
  const rows = commandRows.filter(({ routes }) => routes.includes(endpoint));
  const row = rows.find(({ state }) => state !== 'served') ?? rows[0];
  if (!row) throw new Error(`no command in divergence-commands.ts names ${endpoint}`);
  return `| \`${endpoint.replace('*', '')}\` | ${row.state} | ${row.words === '' ? '' : `${row.command}: ${row.words}`} |`;
}

function commandsCheck(): void {
  const routes = new Set(dockerRoutes.map(({ method, path }) => `${method} ${path}`));
  const named = new Set<string>();
  for (const { command, state, routes: needed } of commandRows) {
    for (const route of needed) {
      if (routes.has(route) === (state === 'refused'))
        throw new Error(`docker ${command}: ${route} is ${routes.has(route) ? '' : 'not '}in the table of routes`);
      named.add(route);
    }
  }
  for (const route of routes) if (!named.has(route)) throw new Error(`no command in divergence-commands.ts names ${route}`);
}
