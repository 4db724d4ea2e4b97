import type { EdgeTarget } from '../db/store/edge-route.ts';

/** A target that refused is tried last for so long. */
const shunMs = 3_000;

/** What goes through the edge between one client and one target. */
export interface Passage {
  /** Ends it now. */
  cut(): void;
}

export interface PoolTarget {
  readonly containerId: string;
  readonly address: string;
  readonly port: number;
}

interface Member extends PoolTarget {
  state: EdgeTarget['state'] | 'gone';
  shunnedUntil: number;
  readonly passages: Set<Passage>;
  /** When its connections are ended, in milliseconds of Date.now(); null: they may end by themselves. */
  until: number | null;
  timer: NodeJS.Timeout | undefined;
}

/** The targets of one publication, and what goes on between each and its clients. */
export class TargetPool {
  readonly #members = new Map<string, Member>();
  readonly #goneMs: number;
  readonly #drained: (containerId: string) => void;
  #turn = 0;

  /**
   * `goneMs`: for how long the connections of a target may go on whose row is gone; those of a draining one may until its row says.
   * `drained` is called when a target that the table says is draining has none left.
   */
  constructor(options: { goneMs: number; drained(containerId: string): void }) {
    this.#goneMs = options.goneMs;
    this.#drained = options.drained;
  }

  /** What the table says now. */
  update(targets: readonly EdgeTarget[]): void {
    const named = new Set(targets.map(keyOf));
    for (const [key, member] of this.#members) if (!named.has(key)) this.#retire(member, 'gone', member.until ?? Date.now() + this.#goneMs);
    for (const target of targets) {
      const member = this.#members.get(keyOf(target)) ?? this.#add(target);
      if (target.state === 'ready') {
        clearTimeout(member.timer);
        Object.assign(member, { state: 'ready', until: null });
      } else {
        this.#retire(member, target.state, target.drainUntil === null ? null : Date.parse(target.drainUntil));
      }
    }
  }

  /**
   * Takes a target for a connection: the least busy, in turn, and one that refused a moment ago only when there is no other. From here
   * on the connection counts, so that a target is not called drained while somebody is on the way to it. Undefined: there is none.
   */
  enter(passage: Passage, tried: ReadonlySet<PoolTarget>): PoolTarget | undefined {
    const now = Date.now();
    const cost = (member: Member) => (member.shunnedUntil > now ? 1e9 : 0) + member.passages.size;
    const open = [...this.#members.values()].filter((member) => member.state === 'ready' && !tried.has(member));
    const turn = this.#turn++;
    let best: Member | undefined;
    for (let i = 0; i < open.length; i++) {
      const member = open[(i + turn) % open.length] as Member;
      if (!best || cost(member) < cost(best)) best = member;
    }
    best?.passages.add(passage);
    return best;
  }

  leave(target: PoolTarget, passage: Passage): void {
    const member = target as Member;
    if (member.passages.delete(passage)) this.#settle(member);
  }

  /** It could not be reached. */
  shun(target: PoolTarget): void {
    (target as Member).shunnedUntil = Date.now() + shunMs;
  }

  /** Connections under way, to all targets. */
  get passages(): number {
    let count = 0;
    for (const { passages } of this.#members.values()) count += passages.size;
    return count;
  }

  /** Ends everything now. */
  cut(): void {
    for (const member of this.#members.values()) cut(member);
  }

  #add({ containerId, address, port }: EdgeTarget): Member {
    const member: Member = {
      containerId,
      address,
      port,
      state: 'gone',
      shunnedUntil: 0,
      passages: new Set(),
      until: null,
      timer: undefined,
    };
    this.#members.set(keyOf(member), member);
    return member;
  }

  #retire(member: Member, state: Member['state'], until: number | null): void {
    clearTimeout(member.timer);
    Object.assign(member, { state, until });
    if (until !== null) member.timer = setTimeout(() => cut(member), Math.max(until - Date.now(), 0));
    this.#settle(member);
  }

  #settle(member: Member): void {
    if (member.state === 'ready' || member.passages.size > 0) return;
    clearTimeout(member.timer);
    this.#members.delete(keyOf(member));
    if (member.state === 'draining') this.#drained(member.containerId);
  }
}

function cut(member: Member): void {
  clearTimeout(member.timer);
  for (const passage of [...member.passages]) passage.cut();
}

function keyOf({ containerId, address, port }: PoolTarget): string {
  return `${containerId} ${address} ${port}`;
}
