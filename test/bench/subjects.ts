import type { FleetHost } from '../fleet/fleet.ts';
import type { RunningProxy } from './haproxy.ts';
import type { Load, LoadTarget } from './load.ts';
import type { Stage } from './stage.ts';

export const everybody = ['direct', 'HAProxy', 'Berth'] as const;
export type Subject = (typeof everybody)[number];

/** What a row is measured on: one engine, and the same engine behind HAProxy and behind Berth. */
export interface Bench {
  stage: Stage;
  host: FleetHost;
  proxy: RunningProxy;
  load: Load;
  /** A try of the bench itself: less of everything, and figures that mean nothing. */
  quick: boolean;
}

export function targetOf({ stage, host, proxy }: Bench, subject: Subject): LoadTarget {
  if (subject === 'Berth') return stage.berth;
  return subject === 'HAProxy' ? proxy.target : { host: host.address, port: 2376, tls: host.certs };
}
