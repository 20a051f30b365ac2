import { signal } from '@preact/signals';
import type { Picture } from '../state/frame';

/** The picture that is shown at full size. */
export const opened = signal<Picture | undefined>(undefined);
