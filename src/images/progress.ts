/** A line of Docker's progress stream, as a tenant may see it. */
export interface ProgressLine {
  stream?: string;
  status?: string;
  id?: string;
  progress?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
  errorDetail?: { message: string; code?: number };
  /** Of a build: the image that a stage has come to. Of a push: what the registry then has. */
  aux?: { ID?: string; Tag?: string; Digest?: string; Size?: number };
}

/** Makes an engine's error text fit for a tenant: no host path, name or address. */
export type Scrub = (text: string) => string;

/** An engine's line with what is known of it and nothing else, or null when nothing is. */
export function progressLine(object: Record<string, unknown>, scrub: Scrub): ProgressLine | null {
  const failure = errorText(object);
  if (failure !== null) {
    const error = scrub(failure);
    return { errorDetail: { message: error }, error };
  }
  const { status, id, progress } = object;
  if (typeof status !== 'string' || !knownStatus.test(status)) return null;
  return {
    status,
    ...(typeof id === 'string' && /^[\w.:/@-]{1,512}$/.test(id) ? { id } : {}),
    ...(typeof object.progressDetail === 'object' && object.progressDetail !== null
      ? { progressDetail: counts(object.progressDetail) }
      : {}),
    ...(typeof progress === 'string' && /^[[\]=>\s\d./BkKMGTi]{1,200}$/.test(progress) ? { progress } : {}),
  };
}

/** A line as it goes over the wire. Docker ends each with CR LF. */
export function progressEncode(line: ProgressLine): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(line)}\r\n`);
}

/** The engine's own words for a failure, or null when the line tells of none. */
export function errorText(object: Record<string, unknown>): string | null {
  const { error, errorDetail } = object;
  if (typeof error === 'string') return error;
  if (typeof errorDetail !== 'object' || errorDetail === null) return null;
  const { message } = errorDetail as { message?: unknown };
  return typeof message === 'string' ? message : 'unknown error';
}

/** Status texts of engines 20.10 to 29 for load and import. Others are left out: no client needs them, and they may tell of the host. */
const knownStatus = /^(Loading layer|Already exists|Extracting|Unpacking|Importing)$/;

function counts(detail: object): { current?: number; total?: number } {
  const { current, total } = detail as { current?: unknown; total?: unknown };
  return { ...(typeof current === 'number' ? { current } : {}), ...(typeof total === 'number' ? { total } : {}) };
}
