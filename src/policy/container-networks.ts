import type { ContainerSpec, EndpointSpec, NetworkChoice } from '../domain/container-spec.ts';
import { containerLimits } from '../domain/limits.ts';
import { addressKind, ipv4Parse, ipv6Parse } from './addresses.ts';
import { type Fields, printable } from './fields.ts';
import { containerReferenceRead, networkNameRead } from './names.ts';

/**
 * Where a container is attached: HostConfig.NetworkMode, Links and NetworkingConfig. NetworkMode's network comes first;
 * links of the host config belong to it, since all networks here are user-defined ones to an engine.
 */
export function networkChoiceRead(host: Fields, networking: Fields): NetworkChoice {
  const mode = host.string('NetworkMode');
  const links = host.strings('Links').map((link) => linkRead(host, link));
  const endpoints = networking
    .objectMap('EndpointsConfig', { maxEntries: containerLimits.networks })
    .map(([network, fields]) => ({ network, endpoint: endpointRead(network, fields) }));
  for (const { network } of endpoints) {
    if (network === 'host') throw networking.refused('EndpointsConfig', "the host's own network is never shared");
  }

  if (mode === 'host') throw host.refused('NetworkMode', "the host's own network is never shared; leave it out for a network of your own");
  if (mode === 'none' || mode.startsWith('container:')) {
    if (links.length > 0) throw host.malformed('Links', `cannot be used with the network mode ${printable(mode)}`);
    // Newer clients send an entry for `none` itself; it says nothing.
    if (endpoints.some(({ network }) => network !== mode)) {
      throw networking.malformed('EndpointsConfig', `cannot be used with the network mode ${printable(mode)}`);
    }
    if (mode === 'none') return { mode: 'none' };
    return { mode: 'container', container: containerReferenceRead(mode.slice('container:'.length)) };
  }

  const first = networkName(mode);
  const others: EndpointSpec[] = [];
  let main: EndpointSpec = { network: first, aliases: [], links: [], ipv4: null, ipv6: null };
  const seen = new Set<string>();
  for (const { network, endpoint } of endpoints) {
    const name = networkName(network);
    if (seen.has(name)) throw networking.malformed('EndpointsConfig', `names the network ${printable(name)} twice`);
    seen.add(name);
    if (name === first) main = { ...endpoint, network: name };
    else others.push({ ...endpoint, network: name });
  }
  main = { ...main, links: [...new Set([...main.links, ...links])] };
  return { mode: 'networks', endpoints: [main, ...others] };
}

/** One endpoint's settings, at create or connect. `network` is as the tenant wrote it. */
export function endpointRead(network: string, fields: Fields): EndpointSpec {
  const ipam = fields.object('IPAMConfig');
  const endpoint: EndpointSpec = {
    network,
    aliases: fields.strings('Aliases').map((alias) => aliasRead(fields, 'Aliases', alias)),
    links: fields.strings('Links').map((link) => linkRead(fields, link)),
    ipv4: staticAddressRead(ipam, 'IPv4Address', (text) => ipv4Parse(text) !== null),
    ipv6: staticAddressRead(ipam, 'IPv6Address', (text) => ipv6Parse(text) !== null),
  };
  ipam.end();
  fields.end();
  return endpoint;
}

/** What an engine refuses for a container that lives in another one's network, in the same words for the same reason. */
export function sharedNetworkCheck(spec: ContainerSpec, host: Fields): void {
  if (spec.network.mode !== 'container') return;
  const conflicts: [boolean, string][] = [
    [spec.hostname !== '', 'a hostname'],
    [spec.dns.length > 0 || spec.dnsSearch.length > 0 || spec.dnsOptions.length > 0, 'DNS settings'],
    [spec.extraHosts.length > 0, 'extra hosts'],
    [spec.exposedPorts.length > 0, 'exposed ports'],
    [spec.ports.length > 0 || spec.publishAllPorts, 'published ports'],
  ];
  for (const [conflicting, what] of conflicts) {
    if (conflicting) throw host.malformed('NetworkMode', `container:X conflicts with ${what}: they belong to the other container`);
  }
}

export function extraHostsRead(host: Fields): string[] {
  return host.strings('ExtraHosts').map((entry) => {
    const [, name = '', address = ''] = /^([^:=]+)[:=](.+)$/.exec(entry) ?? [];
    if (name === '') throw host.malformed('ExtraHosts', `has an entry that is not name:address: ${printable(entry)}`);
    aliasRead(host, 'ExtraHosts', name);
    const bare = /^\[(.*)\]$/.exec(address)?.[1] ?? address;
    const kind = addressKind(bare);
    if (kind === 'public' || kind === 'loopback') return `${name}:${bare}`;
    throw host.refused('ExtraHosts', `${printable(address)} is not a public or loopback address`);
  });
}

export function dnsRead(host: Fields): string[] {
  return host.strings('Dns', { maxEntries: 16 }).map((server) => {
    if (addressKind(server) === 'public') return server;
    throw host.refused('Dns', `${printable(server)} is not a public address`);
  });
}

export function dnsOptionsRead(host: Fields): string[] {
  return host.strings('DnsOptions', { maxEntries: 32 }).map((option) => {
    if (/^[a-z0-9-]{1,32}(:[0-9]{1,5})?$/.test(option)) return option;
    throw host.malformed('DnsOptions', `has an unknown option: ${printable(option)}`);
  });
}

export function dnsSearchRead(host: Fields): string[] {
  return host.strings('DnsSearch', { maxEntries: 32 }).map((domain) => {
    // A single dot is Docker's way to say: no search domain.
    if (/^(\.|[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,252}))$/.test(domain)) return domain;
    throw host.malformed('DnsSearch', `has an entry that is not a domain: ${printable(domain)}`);
  });
}

/** `default` and nothing both mean the tenant's own default network, which is shown as `bridge`. */
function networkName(written: string): string {
  return written === '' || written === 'default' ? 'bridge' : networkNameRead(written);
}

function aliasRead(fields: Fields, name: string, alias: string): string {
  if (/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]{0,252})$/.test(alias)) return alias;
  throw fields.malformed(name, `has an entry that is not a host name: ${printable(alias)}`);
}

/** `container:alias`, or `container` alone, which is its own alias. */
function linkRead(fields: Fields, link: string): string {
  const [target = '', alias = target.replace(/^\//, ''), ...rest] = link.split(':');
  if (rest.length > 0) throw fields.malformed('Links', `has an entry that is not container:alias: ${printable(link)}`);
  // Inspect shows /container:/self/alias, which recreating clients send back.
  const name = alias.slice(alias.lastIndexOf('/') + 1);
  return `${containerReferenceRead(target)}:${aliasRead(fields, 'Links', name)}`;
}

function staticAddressRead(ipam: Fields, name: string, isAddress: (text: string) => boolean): string | null {
  const text = ipam.string(name);
  if (text === '') return null;
  if (!isAddress(text)) throw ipam.malformed(name, `is not an address: ${printable(text)}`);
  return text;
}
