export interface Kept {
  readonly id: string;
  readonly at: number;
  readonly bytes: number;
}

export interface HistoryCap {
  readonly items: number;
  readonly bytes: number;
}

const HISTORY_CAP: HistoryCap = { items: 500, bytes: 1_000_000_000 };

/**
 * The ids to delete, oldest first, to bring the rest within the cap. The newest one always stays.
 */
export function toPrune(items: readonly Kept[], cap: HistoryCap = HISTORY_CAP): readonly string[] {
  const newestFirst = [...items].sort((one, other) => other.at - one.at);
  let sum = 0;
  let isFull = false;
  const gone: string[] = [];
  newestFirst.forEach((item, index) => {
    sum += item.bytes;
    isFull ||= index > 0 && (index >= cap.items || sum > cap.bytes);
    if (isFull) {
      gone.unshift(item.id);
    }
  });
  return gone;
}

/** Every word must occur, in any order and case. */
export function matches(prompt: string, search: string): boolean {
  const text = prompt.toLocaleLowerCase();
  return search
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
