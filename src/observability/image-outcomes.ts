export interface ImageOutcome {
  readonly model: string;
  readonly outcome: 'made' | 'failed' | 'abandoned';
  readonly count: number;
}

/**
 * What became of the images that a request asked for. Those that were not made have failed, unless
 * nobody was left to take them.
 *
 * @param note what the answer has noted of its images, if it has
 * @param isSent whether the client was there to the end
 */
export function imageOutcomes(note: unknown, isSent: boolean): readonly ImageOutcome[] {
  if (!isImagesNote(note)) {
    return [];
  }
  const { model, requested, returned } = note;
  const others = isSent ? 'failed' : 'abandoned';
  return [
    { model, outcome: 'made', count: returned } as const,
    { model, outcome: others, count: requested - returned } as const,
  ].filter(({ count }) => count > 0);
}

interface ImagesNote {
  readonly model: string;
  readonly requested: number;
  readonly returned: number;
}

function isImagesNote(note: unknown): note is ImagesNote {
  const { model, requested, returned } = (note ?? {}) as Partial<Record<string, unknown>>;
  return typeof model === 'string' && typeof requested === 'number' && typeof returned === 'number';
}
