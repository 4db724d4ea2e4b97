import { z } from '@hono/zod-openapi';
import { fleetCount } from '../app/host-admin.ts';
import type { Gauge } from '../http/metrics.ts';
import { operation } from './operation.ts';

export const metricsOperation = operation({
  caller: 'operator',
  scope: 'read',
  route: {
    method: 'get',
    path: '/metrics',
    operationId: 'metrics',
    tags: ['Server'],
    summary: 'Counters for Prometheus',
    responses: { 200: { description: 'Text format 0.0.4.', content: { 'text/plain': { schema: z.string() } } } },
  },
  async handle(c) {
    const { system, engines, metrics } = c.var.deps;
    const { hosts, containers } = await fleetCount(system);
    const gauges: Gauge[] = [
      byState('berth_hosts', 'Hosts by state.', hosts),
      byState('berth_containers', 'Containers by state of their row.', containers),
    ];
    if (engines)
      gauges.push({
        name: 'berth_bus_hears',
        help: '1 while this process hears the others.',
        values: [{ value: engines.hears() ? 1 : 0 }],
      });
    return c.text(metrics.text(gauges), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  },
});

function byState(name: string, help: string, counts: { state: string; count: number }[]): Gauge {
  return { name, help, values: counts.map(({ state, count }) => ({ labels: { state }, value: count })) };
}
