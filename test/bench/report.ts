import { availableParallelism } from 'node:os';

/** A row of the table. Ratios are those of Berth to the other one. */
export interface Line {
  what: string;
  direct: string;
  haproxy: string;
  berth: string;
  toDirect?: number;
  toHaproxy?: number;
  goal: string;
}

export function performanceMarkdown(lines: readonly Line[], date: Date, quick: boolean): string {
  return `# Performance

Made by \`npm run bench\` on ${date.toISOString().slice(0, 10)}, on ${availableParallelism()} cores that everything shares: the load, the engine, HAProxy, Berth and its
PostgreSQL.${quick ? ' **A quick try: these figures mean nothing.**' : ''} Absolute figures are this machine's; ratios travel. Nothing here is asserted by a test.

| what | direct | HAProxy | Berth | Berth ÷ direct | Berth ÷ HAProxy | goal |
|---|---|---|---|---|---|---|
${lines.map(row).join('\n')}

## What bounds them

- \`docker run -d\` and the replicas: an engine of 20.10 takes longer for a container on a network with its own DNS, which every tenant has (their
  second rows compare like with like). On the way of \`docker run -d\` six answers of the database are waited for, four of them writes that are on
  disk before it goes on.
- Inspect and the lists: TLS and the kernel. A reply is rendered once, and sent from memory for as long as nothing in it changes.
- The archive's relay: TLS on both legs in one thread of Node, 3 to 4 ms of processor a MB, as a bare relay of \`node:https\` took here too. One that
  gathers many pieces into a write, or reads the engine's socket without Node's HTTP, took 5 to 20 % less. Nothing of Berth's own shows in its profile.

## How it is measured

- *direct* is a real engine on mutual TLS, *HAProxy* is Debian's before that engine (\`mode http\`, TLS to its clients and to the engine, connections
  kept), *Berth* is \`berth serve\` before that engine, its clients with certificates. For the replicas *direct* is a Swarm service on the same engine.
- All of a row in one run, each in its turn in every round (direct, HAProxy, Berth, direct, …). Shown are the medians of the rounds; a ratio is
  the median of the rounds' own ratios, so a machine that gets slower on the way changes little.
- Reads: 8 connections, each with one request at a time; p50 and requests a second. The load comes from a process of its own, which looks for the
  end of a reply and nothing else, since common load generators show no client certificate. Containers of the lists are created, one runs.
- Every tenant has a network of its own, where containers find each other by name. For that the engine here (20.10) starts one more process with
  each container than on its default bridge, which takes as long whoever asks for it. So \`docker run -d\` and the replicas have a second row each
  that compares like with like: the engine itself, and Swarm, on a network of their own too.
- \`docker run -d\` is the real command from its start to its end. The archive is one file of random bytes on one connection; memory is the
  resident size of the server at its largest, less what it was before the first transfer.
- Replicas are counted on the engines themselves, from the request until all run. The cut drops packets and tells nobody; the time is from the
  cut until all twelve replicas run on the other two hosts, Berth's grace of 6 s for a lost host included.
`;
}

function row({ what, direct, haproxy, berth, toDirect, toHaproxy, goal }: Line): string {
  return `| ${[what, direct, haproxy, berth, times(toDirect), times(toHaproxy), goal].map((cell) => cell || '–').join(' | ')} |`;
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)} ×`;
}
