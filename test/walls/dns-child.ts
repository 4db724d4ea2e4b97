/**
 * A program for a namespace: DNS on UDP port 53 of the address in its first argument; the second is JSON, name -> IPv4 addresses.
 * Each question takes the next address, and the last one from then on: that is what a rebinding name does. Unknown names do not exist.
 */
import { createSocket } from 'node:dgram';

const [, , address = '', table = '{}'] = process.argv;
const names: Record<string, string[]> = JSON.parse(table);

const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
socket.on('message', (query, from) => {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const addresses = names[labels.join('.').toLowerCase()];
  const wantsA = query.readUInt16BE(at + 1) === 1;
  const answers = addresses && wantsA ? [(addresses.length > 1 ? addresses.shift() : addresses[0]) as string] : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // Answer, recursion available; 3: no such name.
  header.writeUInt16BE(0x8180 | (addresses ? 0 : 3), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  const records = answers.map((ipv4) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...ipv4.split('.').map(Number)]));
  socket.send(Buffer.concat([header, question, ...records]), from.port, from.address);
});
socket.bind(53, address, () => process.stdout.write('ready\n'));
