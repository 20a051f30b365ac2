import { limitWords } from './limit-words';
import { counted, longDay, money } from './words';

/** What went wrong, as reported by the server or detected by the browser. */
export interface Failure {
  readonly status: number;
  readonly code: string | null;
  readonly type: string;
  readonly param: string | null;
  readonly message: string;
  /** In milliseconds, if the server named a time. */
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  /** What it cost nevertheless, if the server reports it. */
  readonly costUsd?: number;
}

export type NextStep = 'prompt' | 'retry' | 'usage' | 'pool' | 'key';

export interface ErrorWords {
  readonly title: string;
  readonly detail: string;
  /** Whether it resolves by itself, or needs action. */
  readonly tone: 'warn' | 'bad';
  readonly next: NextStep | undefined;
  readonly retryAfterMs?: number;
}

/** No response at all, not even an error. */
export const UNREACHABLE: Failure = {
  status: 0,
  code: null,
  type: 'offline',
  param: null,
  message: '',
};

export function errorWords(failure: Failure): ErrorWords {
  const { status, code, retryAfterMs } = failure;
  const detail = sentence(failure.message);
  if (status === 0) {
    return {
      title: 'Easel does not answer.',
      detail:
        'Check the network, or whether Easel runs. It is asked again each 5 seconds. Your form is as you left it.',
      tone: 'warn',
      next: 'retry',
    };
  }
  if (status === 401) {
    return { title: 'This key is not known here.', detail, tone: 'bad', next: 'key' };
  }
  if (isRoleTooSmall(failure)) {
    return { title: 'This key may not do that.', detail, tone: 'bad', next: 'key' };
  }
  if (status === 403) {
    // Of a foreign `Origin` or `Host`: no key helps.
    const title = 'Easel does not take requests from here.';
    return { title, detail, tone: 'bad', next: undefined };
  }
  if (code === 'moderation_blocked' || code === 'content_policy_violation') {
    return {
      title: 'Google refused this prompt.',
      detail: refusalWords(failure),
      tone: 'bad',
      next: 'prompt',
    };
  }
  const ofKey = status === 429 ? limitWords(failure.message) : undefined;
  if (code === 'insufficient_quota') {
    return ofKey === undefined
      ? { title: 'All accounts are out of quota.', detail, tone: 'bad', next: 'pool' }
      : { ...ofKey, tone: 'bad', next: 'usage' };
  }
  if (status === 429) {
    const wait = Math.ceil((retryAfterMs ?? 1000) / 1000);
    return {
      title: `All accounts are resting. The first is back in ${counted(wait, 'second')}.`,
      detail:
        'Google limits images a minute, and every account that could make this has used its own. ' +
        'Nothing was charged. Your form is as you left it.',
      ...ofKey,
      tone: 'warn',
      next: 'retry',
      retryAfterMs: retryAfterMs ?? 1000,
    };
  }
  if (code === 'no_account_available') {
    return { title: 'No account can be used just now.', detail, tone: 'bad', next: 'pool' };
  }
  if (code === 'overloaded') {
    return {
      title: 'Easel is full just now.',
      detail: 'Too many images are at work. Nothing was charged.',
      tone: 'warn',
      next: 'retry',
      retryAfterMs: retryAfterMs ?? 2000,
    };
  }
  if (status === 504 || status === 502) {
    return {
      title: status === 504 ? 'Google took too long.' : 'Google gave no picture.',
      detail: `${detail} ${costWords(failure)}`.trim(),
      tone: 'bad',
      next: 'retry',
    };
  }
  if (status === 413) {
    return { title: 'These images are too large together.', detail, tone: 'bad', next: undefined };
  }
  if (status >= 400 && status < 500) {
    return { title: 'This cannot be done as asked.', detail, tone: 'bad', next: undefined };
  }
  return { title: 'Something in Easel failed.', detail, tone: 'bad', next: 'retry' };
}

/** A key that is known, of a consumer who may not do this. */
export function isRoleTooSmall({ status, code }: Failure): boolean {
  return status === 403 && code === 'insufficient_permissions';
}

/** What it cost that nothing was made, as far as the server knows: the end of a stream says nothing. */
function costWords({ status, costUsd }: Failure): string {
  if (costUsd !== undefined && costUsd > 0) {
    return `It cost ${money(costUsd)}.`;
  }
  // Google may go on drawing after the deadline, and charge for it.
  return costUsd === 0 && status !== 504 ? 'It cost nothing.' : '';
}

/** Google's reason is in brackets, as `IMAGE_SAFETY: unsafe content in the image`. */
function refusalWords({ message, costUsd = 0 }: Failure): string {
  const [, name, reason] = /\(([A-Z_]+)(?:: ([^)]+))?\)/.exec(message) ?? [];
  return [
    name !== undefined &&
      `Its filter says: ${reason === undefined ? name : `${reason} (${name})`}.`,
    'The same words will be refused again.',
    costUsd > 0 && `To read them cost ${money(costUsd)}.`,
  ]
    .filter((part) => part !== false)
    .join(' ');
}

/** Why a frame stays empty when others of its run are finished. */
export function frameReason(failure: Failure): string {
  const { title, detail } = errorWords(failure);
  return failure.code === 'moderation_blocked' || failure.code === 'content_policy_violation'
    ? 'Google’s safety filter held this one back.'
    : `${title} ${detail}`.trim();
}

/** Shown under the key's field: why the key is not accepted. */
export function keyComplaint(failure: Failure): string {
  if (isRoleTooSmall(failure)) {
    return 'This key makes no images. Enter the key of a member or an operator.';
  }
  if (failure.status !== 401) {
    return errorWords(failure).title;
  }
  const expired = /expired at the end of (\d{4}-\d\d-\d\d)/.exec(failure.message)?.[1];
  if (expired !== undefined) {
    return `This key expired on ${longDay(Date.parse(expired))}. Ask for a new one, or use another.`;
  }
  return /disabled/i.test(failure.message)
    ? `${sentence(failure.message)} Ask for a new one, or use another.`
    : 'This key is not known here.';
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** `Retry-After` as seconds or a date. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') {
    return undefined;
  }
  const wait = Number(header);
  const ms = Number.isFinite(wait) ? wait * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
