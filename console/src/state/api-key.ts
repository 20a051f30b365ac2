import { signal } from '@preact/signals';

const NAME = 'easel-api-key';

/** Empty if there is none. Never in a URL. */
export const apiKey = signal(stored());

/** Stores the key for this tab, or permanently if requested. */
export function keepKey(key: string, isRemembered: boolean): void {
  forgetKey();
  apiKey.value = key;
  try {
    (isRemembered ? localStorage : sessionStorage).setItem(NAME, key);
  } catch {
    // A browser without storage asks again next time.
  }
}

export function forgetKey(): void {
  apiKey.value = '';
  try {
    sessionStorage.removeItem(NAME);
    localStorage.removeItem(NAME);
  } catch {
    // Then there is nothing to forget.
  }
}

function stored(): string {
  try {
    return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? '';
  } catch {
    return '';
  }
}
