import ipaddr from 'ipaddr.js';

/** Azure's own services, which hold secrets, listen there for every virtual machine. */
const AZURE_WIRE_SERVER = '168.63.129.16';

/** The address of every name in RFC 6761's `localhost`. */
export const LOOPBACK_ADDRESS = '127.0.0.1';

/** Whether a host name is the machine's own by definition, whatever DNS says (RFC 6761, 6.3). */
export function isLoopbackName(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host);
}

/**
 * Whether an IP address, in the notation of sockets and resolvers, belongs to the public internet:
 * not private, local, shared, special or reserved. An IPv4 address inside an IPv6 one (mapped,
 * NAT64) is checked by itself; the old tunnels (6to4, Teredo, IPv4-compatible) are refused, since
 * where they end is unknown. Anything that is not an IP address is not public.
 */
export function isPublicAddress(address: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) {
    return isPublicV4(ipaddr.IPv4.parse(address));
  }
  // URL normalises what ipaddr.js reads in its own way: for it, ::8.8.8.8 is ::ffff:8.8.8.8. URL
  // does not allow zones, as in fe80::1%eth0, and only local addresses have them.
  const url = `http://[${address}]/`;
  return ipaddr.IPv6.isValid(address) && URL.canParse(url)
    ? isPublicV6(ipaddr.IPv6.parse(new URL(url).hostname.slice(1, -1)))
    : false;
}

function isPublicV4(address: ipaddr.IPv4): boolean {
  return address.range() === 'unicast' && address.toString() !== AZURE_WIRE_SERVER;
}

function isPublicV6(address: ipaddr.IPv6): boolean {
  const [first = 0, second = 0, third = 0] = address.parts;
  switch (address.range()) {
    case 'ipv4Mapped':
      return isPublicV4(address.toIPv4Address());
    case 'rfc6052':
      // 64:ff9b::/96 leads to the public internet; 64:ff9b:1::/48 is local to each network.
      return third === 0 && isPublicV4(new ipaddr.IPv4(address.toByteArray().slice(12)));
    case 'unicast':
      return (
        // Only 2000::/3 has been allocated so far.
        first >= 0x2000 &&
        first <= 0x3fff &&
        // 2001::/23, reserved for protocols.
        !(first === 0x2001 && second < 0x200) &&
        // 3fff::/20, for documentation.
        !(first === 0x3fff && second < 0x1000)
      );
    default:
      return false;
  }
}
