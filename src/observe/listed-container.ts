import type { EngineContainerInspect } from '../engine/inspect-types.ts';

/** What is read of a container in an engine's list. */
export interface ListedContainer {
  Id: string;
  State: string;
  Labels: Record<string, string> | null;
  NetworkSettings?: { Networks?: EngineContainerInspect['NetworkSettings']['Networks'] } | null;
}

/** Whether a list shows what the last document does not: a state, or a network that it joined or left, of which no event of ours tells. */
export function listedDiffers({ State, NetworkSettings }: ListedContainer, document: EngineContainerInspect | null | undefined): boolean {
  if (State !== document?.State.Status) return true;
  const listed = NetworkSettings?.Networks ?? {};
  const known = document.NetworkSettings.Networks ?? {};
  const same = (name: string) => {
    const [one, other] = [listed[name]?.EndpointID, known[name]?.EndpointID];
    return name in known && (!one || !other || one === other);
  };
  return Object.keys(listed).length !== Object.keys(known).length || !Object.keys(listed).every(same);
}
