import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostDiskMeasure } from '../../src/app/disk-measure.ts';
import { tenantQuotaChange, tenantUsageRead } from '../../src/app/tenant-quota.ts';
import { quotaDefaults } from '../../src/domain/quota.ts';
import { busyboxImageMake } from '../fleet/busybox-image.ts';
import { type Fleet, fleetUp } from '../fleet/fleet.ts';
import { type Berth, berthUp, type Tenant } from '../harness.ts';

const MiB = 1024 ** 2;

let fleet: Fleet;
let berth: Berth;
let red: Tenant;
let blue: Tenant;

beforeAll(async () => {
  fleet = await fleetUp({ count: 1, name: 'disk' });
  berth = await berthUp({ hosts: fleet.hosts, tenants: ['red', 'blue'] });
  [red, blue] = [berth.tenants.red, berth.tenants.blue] as [Tenant, Tenant];
  for (const tenant of [red, blue]) expect((await load(tenant)).status).toBe(200);
});
afterAll(async () => {
  await berth?.stop();
  await fleet?.down();
});

const load = async (tenant: Tenant) =>
  tenant.call('POST', '/images/load', { body: await busyboxImageMake(), headers: { 'Content-Type': 'application/x-tar' } });
const measured = async (tenant: Tenant): Promise<number> => {
  const { app } = berth.server;
  for (const host of app.fleet.hosts()) await hostDiskMeasure(app, host);
  return (await tenantUsageRead(app.system, tenant.id)).used.diskBytes;
};
const quotaSet = (diskBytes: number) => tenantQuotaChange(berth.server.app.system, red.id, { diskBytes });

describe('the disk of a tenant', () => {
  it('is its images, and what its containers and volumes hold on their hosts', async () => {
    const [images, theirs] = [await measured(red), await measured(blue)];
    expect(images).toBeGreaterThan(0);
    const write = 'dd if=/dev/zero of=/big bs=1M count=5; dd if=/dev/zero of=/data/big bs=1M count=3';
    expect((await red.docker(['run', '--name', 'writer', '-v', 'kept:/data', 'busybox', 'sh', '-c', write])).code).toBe(0);
    expect(await measured(red)).toBeGreaterThanOrEqual(images + 8 * MiB);
    expect(await measured(red)).toBeLessThan(images + 9 * MiB);
    expect(await measured(blue)).toBe(theirs);
  });

  it('beyond its quota takes nothing more, and takes it again when there is less', async () => {
    await quotaSet((await measured(red)) - 4 * MiB);
    const refused = await red.docker(['create', 'busybox']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('GiB of images, containers and volumes');
    expect(await load(red)).toMatchObject({ status: 403 });
    const pull = await red.call('POST', '/images/create?fromImage=busybox&tag=latest');
    expect(pull.status).toBe(403);
    // What is there stays usable, and can be cleared away.
    expect((await red.docker(['start', '-a', 'writer'])).code).toBe(0);
    expect((await red.docker(['rm', 'writer'])).code).toBe(0);
    await measured(red);
    expect((await red.docker(['create', 'busybox'])).code).toBe(0);
    await quotaSet(quotaDefaults.diskBytes);
  });
});
