import type { Container } from './container.ts';
import { EngineError } from './engine-error.ts';
import type { EngineState } from './state.ts';

const firstEphemeral = 32_768;

/** Takes the host's ports for a container that starts: those asked for, else free ones, which change with every start. */
export function portsPublish(engine: EngineState, container: Container): void {
  for (const [port, bindings] of Object.entries(container.hostConfig.PortBindings ?? {})) {
    for (const { HostIp, HostPort } of bindings) {
      const host = portTake(engine, container, Number(HostPort), port.split('/')[1] ?? 'tcp');
      const addresses = HostIp === '' ? ['0.0.0.0', '::'] : [HostIp];
      const published = addresses.map((address) => ({ HostIp: address, HostPort: String(host) }));
      container.published.set(port, [...(container.published.get(port) ?? []), ...published]);
    }
  }
}

export function portsRelease(engine: EngineState, container: Container): void {
  for (const [port, bindings] of container.published) {
    for (const { HostPort } of bindings) engine.ports.delete(`${HostPort}/${port.split('/')[1]}`);
  }
  container.published.clear();
}

function portTake(engine: EngineState, container: Container, wanted: number, protocol: string): number {
  let port = wanted || firstEphemeral;
  while (wanted === 0 && engine.ports.has(`${port}/${protocol}`)) port += 1;
  if (engine.ports.has(`${port}/${protocol}`)) {
    const endpoint = [...container.endpoints.values()][0]?.joined?.endpointId;
    const reason = `Bind for 0.0.0.0:${port} failed: port is already allocated`;
    throw new EngineError(500, `driver failed programming external connectivity on endpoint ${container.name} (${endpoint}): ${reason}`);
  }
  engine.ports.add(`${port}/${protocol}`);
  return port;
}
