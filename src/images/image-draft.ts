import type { ImageHistoryEntry, ImageRunConfig } from '../domain/image-config.ts';

/** An image as Berth makes one: all of its config. The id is a digest of the config's bytes. */
export interface ImageDraft {
  architecture: string;
  variant: string;
  os: string;
  author: string;
  comment: string;
  /** RFC 3339. */
  created: string;
  config: ImageRunConfig;
  history: ImageHistoryEntry[];
  /** Of its layers, from the lowest: `sha256:…`. */
  diffIds: string[];
}

/** What one step adds. */
export interface ImageStep {
  author: string;
  comment: string;
  created: string;
  createdBy: string;
  config: ImageRunConfig;
  /** The layer it made; null: it made none. */
  diffId: string | null;
}

/** The image after one more step. Source: moby image.NewChildImage. */
export function draftChild(parent: ImageDraft, step: ImageStep): ImageDraft {
  const { author, comment, created, createdBy, diffId } = step;
  const entry = {
    created,
    ...(author !== '' && { author }),
    created_by: createdBy,
    ...(comment !== '' && { comment }),
    ...(diffId === null && { empty_layer: true }),
  };
  return {
    ...parent,
    ...{ author, comment, created, config: step.config },
    history: [...parent.history, entry],
    diffIds: diffId === null ? parent.diffIds : [...parent.diffIds, diffId],
  };
}

/** The config as an engine reads it: Docker's image specification 1.2. */
export function draftText(draft: ImageDraft): string {
  const { architecture, variant, os, author, comment, created, config, history, diffIds } = draft;
  return JSON.stringify({
    architecture,
    ...(author !== '' && { author }),
    ...(comment !== '' && { comment }),
    config: configWritten(config),
    created,
    history,
    os,
    rootfs: { type: 'layers', ...(diffIds.length > 0 && { diff_ids: diffIds }) },
    ...(variant !== '' && { variant }),
  });
}

/** Of a text that `draftText` wrote. */
export function draftParse(text: string): ImageDraft {
  const { architecture, variant = '', os, author = '', comment = '', created, config, history, rootfs } = JSON.parse(text);
  return { ...{ architecture, variant, os, author, comment, created, config, history }, diffIds: rootfs.diff_ids ?? [] };
}

/**
 * The config of an image that is nothing but layers. The same layers give the same id everywhere, and a container of it takes over
 * nothing: no volume, variable or label that a step did not ask for.
 */
export function layersText({ architecture, os, diffIds }: Pick<ImageDraft, 'architecture' | 'os' | 'diffIds'>): string {
  return JSON.stringify({
    ...{ architecture, config: {}, os },
    rootfs: { type: 'layers', ...(diffIds.length > 0 && { diff_ids: diffIds }) },
  });
}

/** As Go writes it: what is always there, and what is left out when it is empty. */
function configWritten(config: ImageRunConfig): object {
  const { ExposedPorts, Healthcheck, ArgsEscaped, NetworkDisabled, StopSignal, StopTimeout, Shell } = config;
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...(ExposedPorts && Object.keys(ExposedPorts).length > 0 && { ExposedPorts }),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(Healthcheck && { Healthcheck: healthcheckWritten(Healthcheck) }),
    ...(ArgsEscaped && { ArgsEscaped }),
    Image: '',
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    ...(NetworkDisabled && { NetworkDisabled }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ?? null,
    ...(StopSignal && { StopSignal }),
    ...(typeof StopTimeout === 'number' && { StopTimeout }),
    ...(Shell?.length && { Shell }),
  };
}

function healthcheckWritten(health: NonNullable<ImageRunConfig['Healthcheck']>): object {
  return Object.fromEntries(Object.entries(health).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value)));
}
