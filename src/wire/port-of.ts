/** Where a URL says nothing of its port, the one that its scheme has. */
export function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
