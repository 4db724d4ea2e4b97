/** A process that holds a fleet of one until it is killed. */
import { fleetUp } from './fleet.ts';

const fleet = await fleetUp({ count: 1, name: 'held' });
process.send?.(fleet.hosts[0]?.namespace.split('/').at(-1));
process.on('message', () => undefined);
