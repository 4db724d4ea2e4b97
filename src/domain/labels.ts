/** Labels on what we make on an engine. Stripped from a tenant's input, hidden in replies. */
export const labelPrefix = 'io.berth.';
export const labels = {
  installation: 'io.berth.installation',
  tenant: 'io.berth.tenant',
  container: 'io.berth.container',
  network: 'io.berth.network',
  volume: 'io.berth.volume',
  /** On an image that a build or commit has half made. */
  build: 'io.berth.build',
  /** On a container that a build copies files with: of its life nothing is told, since a classic builder makes none for that. */
  untold: 'io.berth.untold',
  /** On a container: names of the variables that hold secrets, between commas. */
  secretEnv: 'io.berth.secret-env',
  /** On a volume, and on the helper that fills it: the container whose secret files it holds. */
  secretsOf: 'io.berth.secrets-of',
} as const;
