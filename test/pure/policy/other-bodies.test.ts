import { describe, expect, it } from 'vitest';
import { execCreateRead, execCreateRows, execCreateWrite, execStartRead } from '../../../src/policy/exec-create.ts';
import type { FieldRow } from '../../../src/policy/field-table.ts';
import type { JsonObject, JsonValue } from '../../../src/policy/json.ts';
import {
  networkConnectRead,
  networkConnectRows,
  networkCreateRead,
  networkCreateRows,
  networkDisconnectRead,
} from '../../../src/policy/network.ts';
import { volumeCreateRead, volumeCreateRows } from '../../../src/policy/volume.ts';
import { bodyAt, cliBodies, failure } from './requests.ts';

type Reader = (body: JsonValue) => unknown;

describe('exec', () => {
  it('is read from what the CLI sends, and written anew', () => {
    const spec = execCreateRead({
      User: '',
      Privileged: false,
      Tty: true,
      ConsoleSize: [24, 80],
      AttachStdin: true,
      AttachStderr: true,
      AttachStdout: true,
      DetachKeys: 'ctrl-p,ctrl-q',
      Env: ['A=b', 'io.berth.x=1'],
      WorkingDir: '/w/',
      Cmd: ['sh'],
    });
    expect(execCreateWrite(spec)).toEqual({
      Cmd: ['sh'],
      Env: ['A=b'],
      User: '',
      WorkingDir: '/w',
      Tty: true,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      DetachKeys: 'ctrl-p,ctrl-q',
      ConsoleSize: [24, 80],
    });
    expect(execStartRead({ Detach: false, Tty: true, ConsoleSize: [24, 80] })).toEqual({ detach: false, tty: true, consoleSize: [24, 80] });
    expect(execStartRead({ hijack: true, stdin: true }).detach).toBe(false);
    expect(execStartRead({})).toEqual({ detach: false, tty: false, consoleSize: null });
  });

  it('wants a command', () => {
    const bodies: JsonValue[] = [{}, { Cmd: null }, { Cmd: [] }];
    for (const body of bodies) expect(failure(() => execCreateRead(body))?.code).toBe('malformed');
  });

  it('gives no privileges, and no way through /proc', () => {
    const bodies: JsonObject[] = [
      { Privileged: true },
      { privileged: true },
      { WorkingDir: '/proc/self/fd/8' },
      { WorkingDir: '/a/../proc' },
      { Tomorrow: 1 },
    ];
    for (const body of bodies) {
      expect(failure(() => execCreateRead({ Cmd: ['x'], ...body }))?.code).toBe('refused');
    }
    for (const keys of ['ctrl-', 'abc', 'ctrl-p\n', 'a,,b', ',', 'ctrl-p,']) {
      expect(failure(() => execCreateRead({ Cmd: ['x'], DetachKeys: keys }))?.code).toBe('malformed');
    }
    expect(failure(() => execStartRead({ Privileged: true }))?.code).toBe('refused');
  });
});

describe('networks', () => {
  it('are read from what the CLI and Compose send', () => {
    expect(networkCreateRead(cliBodies.networkCreate)).toEqual({ name: 'n1', internal: false, labels: {} });
    const compose = {
      Name: 'app_default',
      CheckDuplicate: true,
      Driver: 'bridge',
      EnableIPv6: false,
      IPAM: { Driver: '', Config: [{}] },
      ConfigFrom: { Network: '' },
      Internal: true,
      Labels: { 'com.docker.compose.project': 'app', 'io.berth.tenant': 'x' },
    };
    expect(networkCreateRead(compose)).toEqual({ name: 'app_default', internal: true, labels: { 'com.docker.compose.project': 'app' } });
    expect(networkCreateRead({ Name: 'n' })).toEqual({ name: 'n', internal: false, labels: {} });
    expect(networkCreateRead({ Name: 'n', Attachable: true })).toEqual({ name: 'n', internal: false, labels: {} });
  });

  it('are connected and disconnected', () => {
    expect(networkConnectRead(cliBodies.networkConnect)).toEqual({
      container: 'web',
      endpoint: { network: '', aliases: ['z'], links: [], ipv4: '1.2.3.4', ipv6: null },
    });
    expect(networkDisconnectRead({ Container: '/web', Force: true })).toEqual({ container: 'web', force: true });
  });

  it.each<[string, JsonValue]>([
    ['Driver', 'macvlan'],
    ['Driver', 'host'],
    ['Driver', 'overlay'],
    ['Options', { parent: 'eth0' }],
    ['Options', { 'com.docker.network.bridge.name': 'docker0' }],
    ['IPAM.Driver', 'dhcp'],
    ['IPAM.Options', { a: 'b' }],
    ['IPAM.Config', [{ Subnet: '169.254.169.0/24' }]],
    ['IPAM.Config', [{ Gateway: '10.0.0.1' }]],
    ['IPAM.Config', [{ IPRange: '10.0.0.0/24' }]],
    ['IPAM.Config', [{ AuxiliaryAddresses: { a: '10.0.0.1' } }]],
    ['Scope', 'swarm'],
    ['Ingress', true],
    ['ConfigOnly', true],
    ['ConfigFrom', { Network: 'x' }],
    ['EnableIPv6', true],
    ['Name', 'bridge'],
    ['Name', 'host'],
    ['Tomorrow', 1],
  ])('refuse %s = %j', (path, value) => {
    expect(failure(() => networkCreateRead({ Name: 'n', ...bodyAt(path, value) }))?.code).toBe('refused');
  });

  it.each<[string, JsonValue]>([
    ['EndpointConfig.MacAddress', '02:42:ac:11:00:02'],
    ['EndpointConfig.DriverOpts', { a: 'b' }],
    ['EndpointConfig.IPAMConfig.LinkLocalIPs', ['169.254.1.1']],
  ])('refuse %s = %j at connect', (path, value) => {
    expect(failure(() => networkConnectRead({ Container: 'web', ...bodyAt(path, value) }))?.code).toBe('refused');
  });

  it('want a name and a container', () => {
    for (const name of ['', 'a b', '-a', 'a/b', '../a']) expect(failure(() => networkCreateRead({ Name: name }))?.code).toBe('malformed');
    expect(failure(() => networkConnectRead({}))?.code).toBe('malformed');
    expect(failure(() => networkDisconnectRead({ Container: '../x' }))?.code).toBe('malformed');
  });
});

describe('volumes', () => {
  it('are read from what the CLI sends', () => {
    expect(volumeCreateRead({ Driver: 'local', Name: 'data', DriverOpts: {}, Labels: { a: 'b', 'IO.berth.x': '1' } })).toEqual({
      name: 'data',
      labels: { a: 'b' },
    });
    expect(volumeCreateRead({ Driver: 'local' })).toEqual({ name: null, labels: {} });
  });

  it.each<[string, JsonValue]>([
    ['DriverOpts', { type: 'none', o: 'bind', device: '/' }],
    ['driveropts', { device: '/' }],
    ['ClusterVolumeSpec', { Group: 'x' }],
    ['Tomorrow', 'x'],
  ])('refuse %s = %j', (path, value) => {
    expect(failure(() => volumeCreateRead({ Name: 'data', ...bodyAt(path, value) }))?.code).toBe('refused');
  });

  it('have no driver but local, as an engine without plugins', () => {
    expect(failure(() => volumeCreateRead({ Name: 'data', Driver: 'sshfs' }))?.message).toBe(
      'create data: error looking up volume plugin sshfs: plugin "sshfs" not found',
    );
  });

  it('want a name of at least two good characters', () => {
    for (const name of ['a', '/etc', '../x', 'a b', '.x']) expect(failure(() => volumeCreateRead({ Name: name }))?.code).toBe('malformed');
  });
});

describe('every table of fields', () => {
  it.each<[string, readonly FieldRow[], Reader, Record<string, JsonValue>]>([
    ['exec', execCreateRows, execCreateRead, { Cmd: ['x'] }],
    ['network create', networkCreateRows, networkCreateRead, { Name: 'n' }],
    ['network connect', networkConnectRows, networkConnectRead, { Container: 'c' }],
    ['volume create', volumeCreateRows, volumeCreateRead, {}],
  ])('is what the reader does: %s', (_, rows, read, base) => {
    for (const row of rows.filter(({ path, verdict }) => !path.includes('[]') && verdict !== 'ours')) {
      const error = failure(() => read({ ...base, ...bodyAt(row.path, 1.5) }));
      expect(error?.code, row.path).toBe(row.verdict === 'refused' ? 'refused' : 'malformed');
      expect(error?.message).toContain(row.path);
    }
  });
});
