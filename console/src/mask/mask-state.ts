import { signal } from '@preact/signals';
import type { Placement } from './geometry';

/** The brush's width in pixels of the screen. */
export const brush = signal(84);
export const isErasing = signal(false);
export const isMaskHidden = signal(false);
/** Undefined while the whole picture is shown. */
export const zoomed = signal<Placement | undefined>(undefined);
/** Pixels of the screen for one of the picture, as it is shown now. */
export const shownScale = signal(1);
