import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetHost } from '../fleet/fleet.ts';
import { until, type WireReply } from '../harness.ts';
import { type Connection, type RawReply, requestText, tenantConnect, upgradeTcp } from './connection.ts';
import { secondServer } from './second-server.ts';
import { containerRun, execMake, tenantAt, type Wire, wireUp } from './wire-up.ts';

let wire: Wire;
let host: FleetHost;
beforeAll(async () => {
  wire = await wireUp('wire-fresh', 2);
  host = wire.fleet.hosts[0] as FleetHost;
});
afterAll(() => wire?.down());

const call = (method: string, path: string, json?: unknown): Promise<WireReply> =>
  wire.red.call(method, `/v1.47${path}`, json === undefined ? {} : { json });
const state = async (id: string) => (await call('GET', `/containers/${id}/json`)).json.State;
const list = async () =>
  (await call('GET', '/containers/json?all=1')).json as { Id: string; State: string; Status: string; Names: string[] }[];
const listedAs = async (id: string) => (await list()).find((one) => one.Id === id);
const watchOf = (of: FleetHost) => {
  const found = wire.berth.server.app.fleet.hosts().find(({ row }) => row.name === of.name);
  if (!found) throw new Error(`${of.name} is not followed`);
  return found.watch;
};
/** Runs on that host: the others are cordoned while it is placed. */
async function runOn(on: FleetHost, cmd: string[], fields: Record<string, unknown> = {}, name = ''): Promise<string> {
  const { app } = wire.berth.server;
  const cordon = async (cordoned: boolean) => {
    for (const other of wire.fleet.hosts)
      if (other !== on) await app.db.$client`update host set cordoned = ${cordoned} where name = ${other.name}`;
  };
  await cordon(true);
  try {
    return await containerRun(wire.red, cmd, fields, name);
  } finally {
    await cordon(false);
  }
}

describe('after each call', () => {
  it('the next reads show it, on the same connection and on another', async () => {
    const same = await tenantConnect(wire.red);
    const here = async (method: string, path: string, body?: unknown): Promise<RawReply> =>
      same.send(requestText(method, `/v1.47${path}`, { body })).reply();
    const id = JSON.parse(
      (await here('POST', '/containers/create?name=steps', { Image: 'busybox', Cmd: ['sleep', '600'], StopTimeout: 0 })).text,
    ).Id;
    const steps: [string, string][] = [
      ['start', 'running'],
      ['pause', 'paused'],
      ['unpause', 'running'],
      ['restart?t=0', 'running'],
      ['kill', 'exited'],
      ['start', 'running'],
      ['stop?t=0', 'exited'],
    ];
    for (const [verb, expected] of steps) {
      expect((await here('POST', `/containers/${id}/${verb}`)).status).toBe(204);
      expect(JSON.parse((await here('GET', `/containers/${id}/json`)).text).State.Status).toBe(expected);
      expect((await listedAs(id))?.State).toBe(expected);
    }
    await here('POST', `/containers/${id}/rename?name=stepped`);
    expect(JSON.parse((await here('GET', `/containers/stepped/json`)).text).Name).toBe('/stepped');
    expect((await listedAs(id))?.Names).toEqual(['/stepped']);
    await here('POST', '/networks/create', { Name: 'extra' });
    const joined = await here('POST', '/networks/extra/connect', { Container: 'stepped' });
    if (joined.status === 200) {
      expect(Object.keys((await call('GET', '/containers/stepped/json')).json.NetworkSettings.Networks).sort()).toEqual([
        'bridge',
        'extra',
      ]);
      await here('POST', '/networks/extra/disconnect', { Container: 'stepped' });
      expect(Object.keys((await call('GET', '/containers/stepped/json')).json.NetworkSettings.Networks)).toEqual(['bridge']);
    }
    await here('DELETE', `/containers/${id}`);
    expect(await listedAs(id)).toBeUndefined();
    same.destroy();
  });

  it('the end of an exec shows what it did to its container', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await containerRun(wire.red, ['sh', '-c', 'trap "exit 5" TERM; while true; do sleep 0.05; done']);
      const exec = await execMake(wire.red, id, ['sh', '-c', 'kill -TERM 1; while true; do sleep 1; done']);
      const connection = (await tenantConnect(wire.red)).send(
        requestText('POST', `/v1.47/exec/${exec}/start`, { headers: upgradeTcp, body: { Detach: false, Tty: false } }),
      );
      await connection.head();
      await connection.rest();
      await until(async () => (await state(id)).Status === 'exited', 2);
      expect(await state(id)).toMatchObject({ ExitCode: 5 });
    }
  });

  it('a container that ends by itself is seen', async () => {
    const id = await containerRun(wire.red, ['sh', '-c', 'sleep 0.3; kill -9 $$']);
    await until(async () => (await listedAs(id))?.State === 'exited', 5);
  });
});

describe('a host that dies', () => {
  it('kill -9 of its engine: streams end, its containers read unknown, and all is known again when it is back', async () => {
    const name = 'on-dying';
    const id = await runOn(host, ['sleep', '600'], {}, name);
    const quick = await runOn(host, ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.1; done; exit 4']);
    const elsewhere = await runOn(wire.fleet.hosts[1] as FleetHost, ['sleep', '600']);
    const exec = await execMake(wire.red, id, ['cat']);
    const opened: Connection[] = [];
    for (const request of [
      requestText('GET', `/v1.47/containers/${id}/logs?follow=1&stdout=1`),
      requestText('POST', `/v1.47/containers/${id}/wait`),
      requestText('POST', `/v1.47/exec/${exec}/start`, { headers: upgradeTcp, body: { Detach: false, Tty: false } }),
    ]) {
      const connection = (await tenantConnect(wire.red)).send(request);
      await connection.head();
      opened.push(connection);
    }
    await host.kill();
    await Promise.all(opened.map((connection) => connection.closed()));
    await until(async () => (await listedAs(id))?.State === 'unknown');
    expect((await state(id)).Running).toBe(false);
    expect((await listedAs(elsewhere))?.State).toBe('running');
    expect((await call('POST', `/containers/${id}/stop`)).status).toBe(503);
    await host.start();
    await until(() => watchOf(host).live);
    // This engine has no live-restore: its containers ended with it.
    expect((await state(id)).Status).toBe('exited');
    expect((await state(quick)).Status).toBe('exited');
    expect((await call('POST', `/containers/${name}/start`)).status).toBe(204);
    expect((await state(id)).Status).toBe('running');
  });

  it('a cut: streams end, reads say unknown at once and since when, and after the cut is healed what happened meanwhile is known', async () => {
    const id = await runOn(host, ['sh', '-c', 'sleep 3; exit 6']);
    const lasting = await runOn(host, ['sleep', '600'], {}, 'lasting');
    const follow = (await tenantConnect(wire.red)).send(requestText('POST', `/v1.47/containers/${lasting}/wait`));
    await follow.head();
    const cutAt = Date.now();
    await host.cut();
    await until(async () => (await listedAs(lasting))?.State === 'unknown', 12);
    const shown = await state(lasting);
    expect(shown).toMatchObject({ Status: 'unknown', Running: false, Pid: 0 });
    const seen = Date.parse(/last seen (\S+)$/.exec(shown.Error)?.[1] ?? '');
    expect(Math.abs(seen - cutAt)).toBeLessThan(4000);
    expect((await listedAs(lasting))?.Status).toMatch(/^Unknown \(last seen .+ ago\)$/);
    await follow.closed();
    await until(async () => {
      const began = Date.now();
      await list();
      return Date.now() - began < 300;
    });
    expect((await call('DELETE', `/containers/lasting`)).status).toBe(503);

    await afterRestart(lasting);

    // A removal by force frees the name now, and is carried out when the host is back.
    expect((await call('DELETE', '/containers/lasting?force=1')).status).toBe(204);
    expect(await listedAs(lasting)).toBeUndefined();
    const other = await containerRun(wire.red, ['sleep', '600'], {}, 'lasting');
    await host.heal();
    await until(async () => (await state(id)).Status === 'exited');
    expect((await state(id)).ExitCode).toBe(6);
    const engine = watchOf(host).engine;
    await until(async () =>
      (await engine.json<{ Id: string }[]>({ method: 'GET', path: '/containers/json', query: { all: true } })).every(
        (one) => one.Id !== lasting,
      ),
    );
    expect((await state('lasting')).Status).toBe('running');
    expect((await call('GET', '/containers/lasting/json')).json.Id).toBe(other);
  });
});

/** What a server that starts while the host is away says of a container there. */
async function afterRestart(id: string): Promise<void> {
  const second = await secondServer(wire.berth, { hostsReady: false });
  try {
    const there = await tenantAt(wire.red, second.enginePort);
    const shown = (await there.call('GET', '/v1.47/containers/json?all=1')).json.find((one: { Id: string }) => one.Id === id);
    expect(shown).toMatchObject({ State: 'unknown', Names: ['/lasting'] });
    expect((await there.call('GET', `/v1.47/containers/${id}/json`)).json.State.Error).toMatch(/^host unreachable; last seen \d{4}-/);
  } finally {
    await second.stop();
  }
}

it('nothing of this is an error of ours', () => {
  expect(wire.berth.log.filter((line) => line.level === 'error')).toEqual([]);
});
