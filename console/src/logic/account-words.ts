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

/** The state of an account, with a sign whose shape tells it as well, and how long it lasts. */
export function accountWords(account: Account, now: number): AccountWords {
  const { state, until } = account;
  const left = until === null ? undefined : Date.parse(until) - now;
  const reason = reasonWords(account.reason);
  switch (state) {
    case 'cooling':
      return {
        icon: 'clock',
        state: left === undefined ? 'Resting' : `Resting, back in ${countdown(left)}`,
        reason,
      };
    case 'exhausted':
      return {
        icon: 'bar',
        state: until === null ? 'Out of quota' : `Out of quota until ${clock(Date.parse(until))}`,
        reason: reason || 'The day’s quota is spent; Google gives a new one then',
      };
    case 'disabled':
      return { icon: 'struck', state: 'Disabled', reason: reason || 'Taken out by an operator' };
    case 'ready': {
      const resting = Object.keys(account.models);
      return {
        icon: 'ok',
        state: 'Ready',
        reason: resting.length > 0 ? `Not for ${resting.join(', ')}` : '',
      };
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  RATE_LIMIT_EXCEEDED: 'Google asked for a pause (429, images per minute)',
  RESOURCE_EXHAUSTED: 'Google asked for a pause (429)',
  API_KEY_INVALID: 'Google refuses its key. Put a new one into the file',
  PERMISSION_DENIED: 'Google refuses it. Check its project and its rights',
  UNAUTHENTICATED: 'Google refuses its key. Put a new one into the file',
  BILLING_DISABLED: 'Its project has no billing. Switch billing on at Google',
};

function reasonWords(reason: string | null): string {
  return reason === null ? '' : (REASONS[reason] ?? reason);
}
