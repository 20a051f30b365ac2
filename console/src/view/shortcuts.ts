import { signal } from '@preact/signals';
import { generate, isWorking } from '../state/runs';
import { config, shownTab, showTab } from '../state/session';
import { byId } from './by-id';
import { areKeysShown } from './key-sheet';

/** `\` hides the form, for more room. */
export const isPanelShown = signal(true);

const FIELDS = 'input, textarea, select, [contenteditable], dialog[open], .mask-room';

/** Keys for the whole page; in a field they are letters. */
export function listenForShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    if (isGenerateKey(event)) {
      // Else a focused button would be clicked as well.
      event.preventDefault();
      // What is sent, its price and Stop are there.
      isPanelShown.value = true;
      generate();
      return;
    }
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

/** Works wherever the focus is on the view, in fields too; a dialog on top has keys of its own. */
function isGenerateKey(event: KeyboardEvent): boolean {
  return (
    event.key === 'Enter' &&
    (event.ctrlKey || event.metaKey) &&
    !event.altKey &&
    !event.shiftKey &&
    !event.repeat &&
    !event.isComposing &&
    config.value !== undefined &&
    shownTab.value === 'make' &&
    // Then Stop stands in place of Generate, and images that are at work are paid for.
    !isWorking.value &&
    document.querySelector('dialog[open]') === null
  );
}
