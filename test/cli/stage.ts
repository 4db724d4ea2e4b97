import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, type FleetHost, fleetUp } from '../fleet/fleet.ts';
import { registryRange } from '../fleet/registry.ts';
import { type Berth, berthUp, type CommandResult, type Tenant } from '../harness.ts';

/** A tenant at its command line. */
export interface Client extends Tenant {
  /** What a command printed, trimmed. Throws with what it said when it failed. */
  out(...args: string[]): Promise<string>;
  /** The same with an input. */
  pipe(input: string | Buffer, ...args: string[]): Promise<string>;
  /** What a command that must fail said: `code` and `stderr` in one text. */
  fails(...args: string[]): Promise<string>;
}

export interface Stage {
  fleet: Fleet;
  /** Three real engines. */
  hosts: FleetHost[];
  berth: Berth;
  red: Client;
  blue: Client;
  down(): Promise<void>;
}

/** Three real engines, Berth before them, and two tenants who both have `busybox`. */
export async function stageUp(name: string, options: { registries?: string[] } = {}): Promise<Stage> {
  const fleet = await fleetUp({ count: 3, name: `cli-${name}`, insecureRegistries: [registryRange] });
  try {
    return await stageOn(fleet, options);
  } catch (error) {
    await fleet.down();
    throw error;
  }
}

/** Berth and two tenants before a fleet that is there already. */
export async function stageOn(fleet: Fleet, options: { registries?: string[] } = {}): Promise<Stage> {
  const berth = await berthUp({ hosts: fleet.hosts, registries: options.registries });
  const { red, blue } = berth.tenants as { red: Tenant; blue: Tenant };
  const busybox = await busyboxImageMake();
  const stage = {
    ...{ fleet, berth, hosts: fleet.hosts, red: clientOf(red), blue: clientOf(blue) },
    async down() {
      await berth.stop();
      await fleet.down();
    },
  };
  await Promise.all([stage.red, stage.blue].map((client) => client.pipe(busybox, 'load')));
  return stage;
}

function clientOf(tenant: Tenant): Client {
  const pipe: Client['pipe'] = async (input, ...args) => succeeded(args, await tenant.docker(args, { input })).stdout.trim();
  return {
    ...tenant,
    pipe,
    out: (...args) => pipe('', ...args),
    async fails(...args) {
      const result = await tenant.docker(args);
      if (result.code === 0) throw new Error(`docker ${args.join(' ')} succeeded and said: ${result.stdout}`);
      return `${result.code}: ${result.stderr.trim()}`;
    },
  };
}

function succeeded(args: string[], result: CommandResult): CommandResult {
  if (result.code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${result.code}: ${result.stderr.trim()}`);
  return result;
}
