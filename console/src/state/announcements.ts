import { signal } from '@preact/signals';
import type { Failure } from '../logic/error-words';

/** Read out by a screen reader, politely. */
export const announcement = signal('');
export const toast = signal<{ text: string; undo?: () => void } | undefined>(undefined);
/** One alert at a time, above the run. */
export const alert = signal<{ failure: Failure; at: number } | undefined>(undefined);

let ending: ReturnType<typeof setTimeout> | undefined;

export function showToast(text: string, undo?: () => void): void {
  clearTimeout(ending);
  toast.value = { text, ...(undo && { undo }) };
  announcement.value = text;
  ending = setTimeout(() => {
    toast.value = undefined;
  }, 4000);
}

export function showAlert(failure: Failure, at = Date.now()): void {
  alert.value = { failure, at };
}
