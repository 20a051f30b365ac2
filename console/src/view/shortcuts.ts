import { signal } from '@preact/signals';
import { showTab } from '../state/session';
import { byId } from './by-id';
import { areKeysShown } from './key-sheet';

/** `\` hides the form, for more room. */
export const isPanelShown = signal(true);

const FIELDS = 'input, textarea, select, [contenteditable], dialog[open], .mask-room';

/** Keys for the whole page; in a field they are letters. */
export function listenForShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    const isTyped = event.target instanceof Element && event.target.closest(FIELDS) !== null;
    if (isTyped || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) {
      return;
    }
    const action = {
      '/': () => byId('search')?.focus(),
      p: () => {
        showTab('make');
        isPanelShown.value = true;
        requestAnimationFrame(() => byId('prompt')?.focus());
      },
      '?': () => {
        areKeysShown.value = true;
      },
      '\\': () => {
        isPanelShown.value = !isPanelShown.value;
      },
    }[event.key];
    if (action !== undefined) {
      event.preventDefault();
      action();
    }
  });
}
