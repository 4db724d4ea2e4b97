import type { Command } from './command.ts';

/** Loaded when they are run: the server and all it imports take longer to load than most commands to run. */
export const serveCommand: Command = {
  usage: 'serve',
  summary: 'run the server: what `npm start` does',
  arguments: [],
  options: {},
  run: async () => (await import('./serve.ts')).serve(),
};

export const edgeCommand: Command = {
  usage: 'edge',
  summary: 'serve the published ports; `berth serve` starts one, and another one takes over from it',
  arguments: [],
  options: {},
  run: async () => (await import('./edge.ts')).edge(),
};

export const stopCommand: Command = {
  usage: 'stop',
  summary: 'end the edge, and the engine that `berth serve` started for itself: what `npm run stop` does',
  arguments: [],
  options: {},
  run: async () => (await import('./stop.ts')).stop(),
};
