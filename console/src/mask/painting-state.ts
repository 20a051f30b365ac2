import { computed, signal } from '@preact/signals';
import { inputs } from '../state/form';
import { Painting } from './painting';

const kept = signal<{ inputId: string; painting: Painting } | undefined>(undefined);

/** Changes with each stroke; what a painting holds are pixels, which no signal can watch. */
export const changes = signal(0);
/** Changes with what is finished only: to count what is painted takes time. */
const settled = signal(0);

/** Of the first image that goes along; it stays after a send, so that only the words need changing. */
const painting = computed(() => {
  const [first] = inputs.value;
  return first !== undefined && kept.value?.inputId === first.id ? kept.value.painting : undefined;
});

export const paintedShare = computed(() => {
  const count = settled.value;
  return count < 0 ? 0 : (painting.value?.share() ?? 0);
});

export const hasMask = computed(() => paintedShare.value > 0);

export function beginPainting(): Painting | undefined {
  const [first] = inputs.value;
  if (first === undefined) {
    return undefined;
  }
  if (kept.value?.inputId !== first.id) {
    kept.value = { inputId: first.id, painting: new Painting(first) };
  }
  return kept.value.painting;
}

export function tellChange(isSettled = true): void {
  changes.value += 1;
  if (isSettled) {
    settled.value += 1;
  }
}

/** What goes along, if anything is painted at all. */
export function maskToSend(): Promise<Blob | undefined> {
  return hasMask.value && painting.value ? painting.value.toMask() : Promise.resolve(undefined);
}
