export function byId(id: string): HTMLElement | null {
  return document.getElementById(id);
}
