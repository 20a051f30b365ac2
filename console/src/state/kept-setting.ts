import { effect, signal, type Signal } from '@preact/signals';

/** A setting that this browser keeps, where it keeps anything. */
export function keptSetting(name: string, otherwise: string): Signal<string> {
  const setting = signal(read(name) ?? otherwise);
  effect(() => {
    const { value } = setting;
    try {
      localStorage.setItem(name, value);
    } catch {
      // A private window: the setting lasts as long as the page.
    }
  });
  return setting;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
