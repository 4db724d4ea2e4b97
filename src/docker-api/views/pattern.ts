/**
 * Docker's name filters are Go regular expressions, written by tenants. JavaScript's own would let one tenant stop the server
 * for all with a pattern like `(a+)+$`, so this matcher follows Go in form and in cost: all possible states side by side, time
 * linear in the text (Thompson's construction). Serves literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {n,m}`, `^ $`, `(?i)`.
 */
export interface Pattern {
  /** Whether the pattern is found anywhere in the text. */
  found(text: string): boolean;
}

/** null: not a pattern that is understood. moby lets a filter value that does not compile match nothing but itself. */
export function patternCompile(source: string): Pattern | null {
  if (source.length > maxLength) return null;
  try {
    const program: Instruction[] = [{ kind: 'match' }];
    const start = emit(new Parser(source).read(), 0, program);
    return { found: (text) => run(program, start, text) };
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
}

const maxLength = 1000;
/** Bounds what a tower of `{100}` can build. */
const maxInstructions = 10_000;
const maxDepth = 100;

type Test = (character: string) => boolean;
type Node =
  | { kind: 'one'; test: Test }
  | { kind: 'edge'; at: 'start' | 'end' }
  | { kind: 'sequence'; parts: Node[] }
  | { kind: 'either'; parts: Node[] }
  | { kind: 'repeat'; part: Node; min: number; max: number };

type Instruction =
  | { kind: 'match' }
  | { kind: 'one'; test: Test; next: number }
  | { kind: 'edge'; at: 'start' | 'end'; next: number }
  | { kind: 'split'; nexts: number[] };

class NotUnderstood extends Error {}

class Parser {
  private readonly characters: string[];
  private position = 0;
  private depth = 0;
  private foldCase = false;

  constructor(source: string) {
    this.characters = [...source];
  }

  read(): Node {
    if (this.take('(?i)')) this.foldCase = true;
    const node = this.either();
    if (this.position < this.characters.length) throw new NotUnderstood();
    return node;
  }

  private either(): Node {
    if (++this.depth > maxDepth) throw new NotUnderstood();
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    this.depth--;
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'either', parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (this.position < this.characters.length && this.peek() !== '|' && this.peek() !== ')') parts.push(this.repeated());
    return { kind: 'sequence', parts };
  }

  private repeated(): Node {
    const part = this.atom();
    const bounds = this.bounds();
    if (!bounds) return part;
    // Lazy or greedy: it is found or it is not.
    this.take('?');
    if (this.bounds()) throw new NotUnderstood();
    return { kind: 'repeat', part, ...bounds };
  }

  private bounds(): { min: number; max: number } | null {
    if (this.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.take('?')) return { min: 0, max: 1 };
    const [written, min, comma, max] =
      /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(this.characters.slice(this.position, this.position + 12).join('')) ?? [];
    if (written === undefined) return null;
    this.position += written.length;
    const least = Number(min);
    const most = comma === undefined ? least : max === undefined ? Number.POSITIVE_INFINITY : Number(max);
    if (least > 1000 || (most > 1000 && most !== Number.POSITIVE_INFINITY) || most < least) throw new NotUnderstood();
    return { min: least, max: most };
  }

  private atom(): Node {
    const character = this.next();
    switch (character) {
      case '(': {
        if (this.take('?') && !this.take(':')) throw new NotUnderstood();
        const node = this.either();
        if (!this.take(')')) throw new NotUnderstood();
        return node;
      }
      case '[':
        return { kind: 'one', test: this.set() };
      case '.':
        return { kind: 'one', test: (candidate) => candidate !== '\n' };
      case '^':
        return { kind: 'edge', at: 'start' };
      case '$':
        return { kind: 'edge', at: 'end' };
      case '\\': {
        if (this.take('A')) return { kind: 'edge', at: 'start' };
        if (this.take('z')) return { kind: 'edge', at: 'end' };
        return { kind: 'one', test: this.escaped() };
      }
      case '*':
      case '+':
      case '?':
        throw new NotUnderstood();
      default:
        return { kind: 'one', test: this.range(character, character) };
    }
  }

  private set(): Test {
    const negated = this.take('^');
    const tests: Test[] = [];
    do {
      const from = this.next();
      if (from === '\\' && /[dDwWsS]/.test(this.peek())) {
        tests.push(this.escaped());
        continue;
      }
      const low = from === '\\' ? this.punctuation() : from;
      let high = low;
      if (this.peek() === '-' && this.characters[this.position + 1] !== ']') {
        this.next();
        const to = this.next();
        high = to === '\\' ? this.punctuation() : to;
      }
      if (low > high) throw new NotUnderstood();
      tests.push(this.range(low, high));
    } while (this.peek() !== ']');
    this.next();
    return (candidate) => tests.some((test) => test(candidate)) !== negated;
  }

  private escaped(): Test {
    const character = this.peek();
    const classTest = { d: digit, w: word, s: space }[character.toLowerCase()];
    if (!classTest) {
      const literal = this.punctuation();
      return this.range(literal, literal);
    }
    this.next();
    return character === character.toLowerCase() ? classTest : (candidate) => !classTest(candidate);
  }

  private punctuation(): string {
    const character = this.next();
    if (/[a-zA-Z0-9]/.test(character)) throw new NotUnderstood();
    return character;
  }

  private range(low: string, high: string): Test {
    const inside: Test = (candidate) => candidate >= low && candidate <= high;
    if (!this.foldCase) return inside;
    return (candidate) => inside(candidate) || inside(candidate.toLowerCase()) || inside(candidate.toUpperCase());
  }

  private peek(): string {
    return this.characters[this.position] ?? '';
  }

  private next(): string {
    const character = this.characters[this.position++];
    if (character === undefined) throw new NotUnderstood();
    return character;
  }

  private take(text: string): boolean {
    if (this.characters.slice(this.position, this.position + text.length).join('') !== text) return false;
    this.position += text.length;
    return true;
  }
}

const digit: Test = (character) => character >= '0' && character <= '9';
const word: Test = (character) => /^[0-9A-Za-z_]$/.test(character);
const space: Test = (character) => /^[\t\n\f\r ]$/.test(character);

/** Writes the instructions for `node` followed by `next`, and returns where they begin. */
function emit(node: Node, next: number, program: Instruction[]): number {
  switch (node.kind) {
    case 'one':
      return append(program, { kind: 'one', test: node.test, next });
    case 'edge':
      return append(program, { kind: 'edge', at: node.at, next });
    case 'sequence':
      return node.parts.reduceRight((following, part) => emit(part, following, program), next);
    case 'either':
      return append(program, { kind: 'split', nexts: node.parts.map((part) => emit(part, next, program)) });
    case 'repeat':
      return emitRepeat(node, next, program);
  }
}

function emitRepeat({ part, min, max }: Extract<Node, { kind: 'repeat' }>, next: number, program: Instruction[]): number {
  let following = next;
  if (max === Number.POSITIVE_INFINITY) {
    const loop: Instruction & { kind: 'split' } = { kind: 'split', nexts: [next] };
    following = append(program, loop);
    loop.nexts.push(emit(part, following, program));
  } else {
    for (let extra = min; extra < max; extra++) {
      following = append(program, { kind: 'split', nexts: [next, emit(part, following, program)] });
    }
  }
  for (let count = 0; count < min; count++) following = emit(part, following, program);
  return following;
}

function append(program: Instruction[], instruction: Instruction): number {
  if (program.length >= maxInstructions) throw new NotUnderstood();
  return program.push(instruction) - 1;
}

function run(program: Instruction[], start: number, text: string): boolean {
  const characters = [...text];
  let live: number[] = [];
  for (let position = 0; position <= characters.length; position++) {
    // Unanchored: a match may begin at every position.
    const reached = closure(program, [...live, start], position === 0, position === characters.length);
    if (reached.some((index) => program[index]?.kind === 'match')) return true;
    const character = characters[position] ?? '';
    live = [];
    for (const index of reached) {
      const instruction = program[index];
      if (instruction?.kind === 'one' && character !== '' && instruction.test(character)) live.push(instruction.next);
    }
  }
  return false;
}

/** Every instruction that can be reached from these without reading a character. */
function closure(program: Instruction[], from: number[], atStart: boolean, atEnd: boolean): number[] {
  const seen = new Set<number>();
  const open = [...from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    const instruction = program[index];
    if (instruction?.kind === 'split') open.push(...instruction.nexts);
    if (instruction?.kind === 'edge' && (instruction.at === 'start' ? atStart : atEnd)) open.push(instruction.next);
  }
  return [...seen];
}
