import type { Account } from '../api/types';
import { clock, countdown } from './words';

export interface AccountWords {
  readonly icon: 'ok' | 'clock' | 'bar' | 'struck';
  readonly state: string;
  readonly reason: string;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  gemini: 'Gemini API',
  vertex: 'Vertex AI',
  emulator: 'Emulator',
};

export function providerName(provider: string): string {
  return PROVIDERS[provider] ?? provider;
}

type Condition = Pick<Account, 'state' | 'reason' | 'until'>;

/** Its own condition, or, if it is ready itself, that of a model that is not. */
function conditionOf(account: Account): Condition & { readonly model: string } {
  const [first] = Object.entries(account.models);
  return account.state !== 'ready' || first === undefined
    ? { ...account, model: '' }
    : { ...first[1], model: first[0] };
}

/** Ready for every model. */
export function isReady(account: Account): boolean {
  return conditionOf(account).state === 'ready';
}

/** The state of an account, with an icon of a distinctive shape, and its duration. */
export function accountWords(account: Account, now: number): AccountWords {
  const { state, until, reason, model } = conditionOf(account);
  const left = until === null ? undefined : Date.parse(until) - now;
  const why = (otherwise: string) =>
    [model, reasonWords(reason) || otherwise].filter((part) => part !== '').join(': ');
  switch (state) {
    case 'cooling':
      return {
        icon: 'clock',
        state: left === undefined ? 'Resting' : `Resting, back in ${countdown(left)}`,
        reason: why(''),
      };
    case 'exhausted':
      return {
        icon: 'bar',
        state: until === null ? 'Out of quota' : `Out of quota until ${clock(Date.parse(until))}`,
        reason: why('The day’s quota is spent; Google gives a new one then'),
      };
    case 'disabled':
      return { icon: 'struck', state: 'Disabled', reason: why('Taken out by an operator') };
    case 'ready':
      return { icon: 'ok', state: 'Ready', reason: '' };
  }
}

/** Explanations of Google's constants; the first match counts. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/daily quota/, 'The day’s quota is spent; Google gives a new one then'],
  [/429|RATE_LIMIT/, 'Google asked for a pause (429, images per minute)'],
  [/API_KEY|UNAUTHENTICATED|401/, 'Google refuses its key. Put a new one into the file'],
  [/BILLING/, 'Its project has no billing. Switch billing on at Google'],
  [/PERMISSION_DENIED|403/, 'Google refuses it. Check its project and its rights'],
  [/by an operator/, 'Taken out by an operator'],
];

function reasonWords(reason: string | null): string {
  return reason === null ? '' : (REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason);
}
