import { counted, money, utcMoment, wholeMoney } from './words';

export interface LimitWords {
  readonly title: string;
  readonly detail: string;
}

const LIMIT =
  /on (\w+): Limit \$?(\d+(?:\.\d+)?), Used \$?(\d+(?:\.\d+)?), Requested \$?(\d+(?:\.\d+)?)/;
const END = /It ends at (\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** Explains a limit of the key, from the server's message; undefined for a limit of the pool. */
export function limitWords(message: string): LimitWords | undefined {
  const [, name, ...figures] = LIMIT.exec(message) ?? [];
  const [max = 0, used = 0, asked = 0] = figures.map(Number);
  const end = END.exec(message)?.[1];
  const afresh = end === undefined ? '' : `It starts afresh on ${utcMoment(end)}.`;
  switch (name) {
    case 'imagesPerMinute':
      return {
        title: `Your key makes ${counted(max, 'image')} a minute, and has${madeWords(used, max, asked)}.`,
        detail: 'Nothing was charged. Your form is as you left it.',
      };
    case 'concurrentImages':
      return {
        title: `Your key makes ${counted(max, 'image')} at once, and is at it${atWorkWords(used, max, asked)}.`,
        detail: 'There is room as they are done. Nothing was charged. Your form is as you left it.',
      };
    case 'imagesPerDay':
      return {
        title:
          used >= max
            ? `Your key has made its ${counted(max, 'image')} for today.`
            : `Your key has ${counted(max - used, 'image')} left for today, and this asks for ${asked}.`,
        detail: afresh,
      };
    case 'usdPerMonth': {
      const month = end === undefined ? 'this month' : monthBefore(end);
      return {
        title:
          used >= max
            ? `Your key has spent its ${wholeMoney(max)} for ${month}.`
            : `Your key has ${money(max - used)} left for ${month}, and this takes ${money(asked)}.`,
        detail: afresh,
      };
    }
    default:
      return undefined;
  }
}

function madeWords(used: number, max: number, asked: number): string {
  return used >= max ? '' : ` made ${used}; this asks for ${asked} more`;
}

function atWorkWords(used: number, max: number, asked: number): string {
  return used >= max ? '' : ` with ${used}; this asks for ${asked} more`;
}

function monthBefore(end: string): string {
  const last = new Date(Date.parse(end) - 1);
  return last.toLocaleDateString('en-GB', { month: 'long', timeZone: 'UTC' });
}
