import { computed } from '@preact/signals';
import { found, search } from './history';
import { madeOf, run } from './runs';

/** The newest run stands above all others, except while one searches. */
export const shownRun = computed(() => (search.value.trim() === '' ? run.value : undefined));

export const earlierPictures = computed(() => {
  const ofRun = new Set(shownRun.value?.frames.map(({ id }) => id));
  return found.value.filter(({ id }) => !ofRun.has(id));
});

/** All pictures as they stand on the page: what comes after one in the viewer is what one sees after it. */
export const shownPictures = computed(() => [
  ...(shownRun.value === undefined ? [] : madeOf(shownRun.value)),
  ...earlierPictures.value,
]);
