import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import ipaddr from 'ipaddr.js';

/** The two ends of a connection. */
export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

const TABLES = { ipv4: '/proc/net/tcp', ipv6: '/proc/net/tcp6' };

let latest = { atMs: Number.NEGATIVE_INFINITY, tables: Promise.resolve({ ipv4: '', ipv6: '' }) };

/**
 * How many bytes of a connection the other end has not acknowledged. Node cannot tell: the kernel's
 * buffer has room for megabytes and accepts more only when a third of it is free. Undefined on
 * systems other than Linux, which have no such table.
 *
 * @param freshMs the maximum age of a cached table, in milliseconds: reading it takes long if there
 * are many connections
 */
export async function unacknowledgedBytes(
  ends: ConnectionEnds,
  freshMs: number,
): Promise<number | undefined> {
  const now = performance.now();
  if (now - latest.atMs > freshMs) {
    latest = { atMs: now, tables: readTables() };
  }
  return queueIn(await latest.tables, ends);
}

/**
 * The connection's `tx_queue` in the kernel's table, whose lines are `sl local_address rem_address
 * st tx_queue:rx_queue …`, all in hexadecimal.
 */
export function queueIn(
  tables: { readonly ipv4: string; readonly ipv6: string },
  { localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds,
): number | undefined {
  const local = endOf(localAddress, localPort);
  const remote = endOf(remoteAddress, remotePort);
  if (local === undefined || remote === undefined) {
    return undefined;
  }
  const table = local.length > IPV4_END.length ? tables.ipv6 : tables.ipv4;
  const at = table.indexOf(` ${local} ${remote} `);
  const [, queue] =
    /^ \S+ \S+ \S+ ([\dA-F]{8}):/.exec(table.slice(at, at + MAX_START_LENGTH)) ?? [];
  return at === -1 || queue === undefined ? undefined : Number.parseInt(queue, 16);
}

const IPV4_END = '0100007F:1F90';
/** The length of two IPv6 addresses with their ports, the state and a queue, in characters. */
const MAX_START_LENGTH = 120;

/** An address as the kernel prints it: 32-bit words, each in the machine's byte order. */
function endOf(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined || !ipaddr.isValid(address)) {
    return undefined;
  }
  const bytes = Buffer.from(ipaddr.parse(address).toByteArray());
  if (endianness() === 'LE') {
    bytes.swap32();
  }
  return `${bytes.toString('hex')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
}

async function readTables(): Promise<{ readonly ipv4: string; readonly ipv6: string }> {
  const [ipv4, ipv6] = await Promise.all([tableAt(TABLES.ipv4), tableAt(TABLES.ipv6)]);
  return { ipv4, ipv6 };
}

async function tableAt(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return '';
  }
}
