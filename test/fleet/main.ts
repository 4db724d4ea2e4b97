/** `npm run fleet -- up N` and `npm run fleet -- down`. */
import { fleetDownDetached, fleetUpDetached } from './fleet.ts';

const [command, count = '3'] = process.argv.slice(2);
if (command === 'up' && Number(count) >= 1) {
  const fleet = await fleetUpDetached({ count: Number(count) });
  console.log(`BERTH_HOSTS='${fleet.berthHosts}'`);
} else if (command === 'down') {
  await fleetDownDetached();
} else {
  console.error(
    'npm run fleet -- up N   starts N Docker Engines and prints a BERTH_HOSTS line\nnpm run fleet -- down   removes every trace of them',
  );
  process.exitCode = 2;
}
