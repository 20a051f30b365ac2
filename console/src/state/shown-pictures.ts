import { computed } from '@preact/signals';
import type { Failure } from '../logic/error-words';
import { alert } from './announcements';
import { found, search } from './history';
import { madeOf, run } from './runs';

/** Nothing was made, and the alert says why: empty frames would say it once more, each of them. */
const isToldByAlert = computed(
  () =>
    alert.value !== undefined &&
    run.value?.frames.every(
      ({ state }) => state.kind === 'failed' && isSameReason(state.failure, alert.value?.failure),
    ) === true,
);

/** The newest run stands above all others, except while one searches. */
export const shownRun = computed(() =>
  search.value.trim() === '' && !isToldByAlert.value ? run.value : undefined,
);

function isSameReason(one: Failure, other: Failure | undefined): boolean {
  return one.status === other?.status && one.code === other.code;
}

export const earlierPictures = computed(() => {
  const ofRun = new Set(shownRun.value?.frames.map(({ id }) => id));
  return found.value.filter(({ id }) => !ofRun.has(id));
});

/** All pictures as they stand on the page: what comes after one in the viewer is what one sees after it. */
export const shownPictures = computed(() => [
  ...(shownRun.value === undefined ? [] : madeOf(shownRun.value)),
  ...earlierPictures.value,
]);
