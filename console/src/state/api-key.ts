import { signal } from '@preact/signals';

const NAME = 'easel-api-key';

/** Empty where none was given. Never in a URL. */
export const apiKey = signal(stored());

/** For this tab, or for longer where one says so. */
export function keepKey(key: string, isRemembered: boolean): void {
  forgetKey();
  apiKey.value = key;
  try {
    (isRemembered ? localStorage : sessionStorage).setItem(NAME, key);
  } catch {
    // A browser that keeps nothing asks again next time.
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
