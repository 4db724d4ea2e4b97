import { type Stage, stageOn } from '../cli/stage.ts';
import { type EdgeStage, edgeOn } from '../edge/stage.ts';
import { fleetUp } from '../fleet/fleet.ts';
import { type Registry, registryRange, registryUp } from '../fleet/registry.ts';
import { dockerRun } from '../harness.ts';

export interface ClientsStage extends EdgeStage {
  registry: Registry;
  /** Puts busybox into the registry under these names, `app:1`, as somebody would who has an engine of their own. */
  publish(...names: string[]): Promise<void>;
}

/** Two real engines with a registry, Berth and an edge before them, and two tenants who both have `busybox`. */
export async function clientsStageUp(name: string): Promise<ClientsStage> {
  const fleet = await fleetUp({ count: 2, name: `clients-${name}`, insecureRegistries: [registryRange] });
  try {
    const registry = await registryUp(fleet);
    const stage: Stage = await stageOn(fleet, { registries: [registry.address] });
    const engine = async (...args: string[]) => {
      const { code, stderr } = await dockerRun(args, stage.hosts[0]?.dockerHostEnv ?? {});
      if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
    };
    return Object.assign(await edgeOn(stage), {
      registry,
      async publish(...names: string[]) {
        for (const image of names.map((each) => `${registry.address}/${each}`)) {
          await engine('tag', 'busybox', image);
          await engine('push', '-q', image);
          await engine('rmi', image);
        }
      },
    });
  } catch (error) {
    await fleet.down();
    throw error;
  }
}
