import { signal } from '@preact/signals';
import type { Picture } from '../state/frame';

/** The picture whose request is shown as code. */
export const coded = signal<Picture | undefined>(undefined);
