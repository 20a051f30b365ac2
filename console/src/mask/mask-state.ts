import { signal } from '@preact/signals';

/** The brush's width in pixels of the screen. */
export const brush = signal(84);
export const isErasing = signal(false);
export const isMaskHidden = signal(false);
