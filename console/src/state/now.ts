import { signal } from '@preact/signals';

/** The time, twice a second: for what counts up or down on the page. */
export const now = signal(Date.now());

setInterval(() => {
  if (document.visibilityState === 'visible') {
    now.value = Date.now();
  }
}, 500);
