/** Proxies that every build may be given without an ARG; they are no part of what a step is known by. */
const predefined = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'FTP_PROXY', 'ftp_proxy', 'NO_PROXY', 'no_proxy'];

type Values = ReadonlyMap<string, string | null>;

/**
 * The arguments of a build: given with `--build-arg`, declared before the first FROM, and declared in a stage. Source: moby
 * builder/dockerfile/buildargs.go.
 */
export class BuildArgs {
  /** null: named without a value. */
  readonly #given: Values;
  readonly #meta: Map<string, string | null>;
  #declared = new Map<string, string | null>();
  readonly #referenced: Set<string>;

  constructor(given: Values) {
    this.#given = given;
    this.#meta = new Map();
    this.#referenced = new Set();
  }

  /** For a stage: what was declared before the first FROM is known, but has to be declared again to be used. */
  stage(): BuildArgs {
    const args = new BuildArgs(this.#given);
    for (const [key, value] of this.#meta) args.#meta.set(key, value);
    for (const key of this.#referenced) args.#referenced.add(key);
    return args;
  }

  declare(key: string, value: string | null): void {
    this.#declared.set(key, value);
    this.#referenced.add(key);
  }

  declareMeta(key: string, value: string | null): void {
    this.declare(key, value);
    this.#meta.set(key, value);
  }

  stageOver(stage: BuildArgs): void {
    for (const key of stage.#referenced) this.#referenced.add(key);
  }

  /** For FROM. */
  metaValues(): Map<string, string> {
    return this.#values(this.#meta);
  }

  /** In this stage, but for those that `env` has a variable of. */
  values(env: ReadonlyMap<string, string> = new Map()): Map<string, string> {
    const values = this.#values(this.#declared);
    for (const key of env.keys()) values.delete(key);
    return values;
  }

  /** A proxy counts as a part of a step only where the Dockerfile declares it. */
  counts(key: string): boolean {
    return this.#declared.has(key) || !predefined.includes(key);
  }

  unused(): string[] {
    return [...this.#given.keys()].filter((key) => !predefined.includes(key) && !this.#referenced.has(key));
  }

  #values(declared: Values): Map<string, string> {
    const values = new Map<string, string>();
    for (const key of [...declared.keys(), ...predefined]) {
      const value = this.#given.get(key) ?? declared.get(key) ?? this.#meta.get(key);
      if (value !== undefined && value !== null) values.set(key, value);
    }
    return values;
  }
}
