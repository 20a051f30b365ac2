import { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import { parseDuration } from './retry-hint';

export interface GoogleError {
  readonly status: string;
  readonly message: string;
  readonly reasons: readonly string[];
  readonly quotaIds: readonly string[];
  readonly quotaValues: readonly string[];
  /** Whether every exceeded quota is a model's. */
  readonly namesModels: boolean;
  readonly delayMs: number | undefined;
}

/** Parses `{error: …}`, or `[{error: …}]` as the streaming endpoint sends it without `alt=sse`. */
export function readGoogleError(body: unknown): GoogleError | undefined {
  const error = member(items(body)[0] ?? body, 'error');
  if (typeof error !== 'object' || error === null || Array.isArray(error)) {
    return undefined;
  }
  const details = items(member(error, 'details'));
  const violations = details.flatMap((detail) => items(member(detail, 'violations')));
  const message = text(member(error, 'message')) ?? '';
  return {
    status: constant(member(error, 'status')) ?? '',
    message,
    reasons: details.flatMap((detail) => constant(member(detail, 'reason')) ?? []),
    quotaIds: violations.flatMap((violation) => text(member(violation, 'quotaId')) ?? []),
    quotaValues: violations.flatMap((violation) => text(member(violation, 'quotaValue')) ?? []),
    namesModels: violations.length > 0 ? violations.every(isOfModel) : speaksOfModels(message),
    delayMs: firstDelay(details, message),
  };
}

/**
 * By its name, `…PerProjectPerModel` or Vertex AI's `…PerBaseModel`, or by the model in its
 * dimensions.
 */
function isOfModel(violation: unknown): boolean {
  const dimensions = member(violation, 'quotaDimensions');
  return (
    /Per(Base)?Model/i.test(text(member(violation, 'quotaId')) ?? '') ||
    [member(dimensions, 'model'), member(dimensions, 'base_model')].some(
      (model) => typeof model === 'string' && model !== '',
    )
  );
}

/**
 * «* Quota exceeded for metric: x_per_model_per_day, limit: 0, model: y»: whether each quota is a
 * model's.
 */
function speaksOfModels(message: string): boolean {
  const [, ...quotas] = message.split(/\bquota exceeded for\b/i);
  return (quotas.length === 0 ? [message] : quotas).every((quota) =>
    /\bmodel: ?[\w-]|_per_(?:base_)?model(?![a-z])|Per(?:Base)?Model/.test(quota),
  );
}

/**
 * RetryInfo, the older `quotaResetDelay`, or «Please retry in 7.9s» in the message; in that order.
 */
function firstDelay(details: readonly unknown[], message: string): number | undefined {
  const hints = [
    ...details.map((detail) => member(detail, 'retryDelay')),
    ...details.map((detail) => member(member(detail, 'metadata'), 'quotaResetDelay')),
    /retry in ([\dhms.]+)/i.exec(message)?.[1],
  ];
  for (const hint of hints) {
    const delayMs = parseDuration(text(hint) ?? '');
    if (delayMs !== undefined) {
      return delayMs;
    }
  }
  return undefined;
}

/** In a body of status 200 a long text is a blob: Google's messages list each exceeded quota. */
function text(value: unknown): string | undefined {
  if (value instanceof JsonBlob) {
    return value.toText();
  }
  return typeof value === 'string' ? value : undefined;
}

/**
 * One of Google's constants, e.g. RESOURCE_EXHAUSTED: the only text of a body that may be logged.
 */
export function constant(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(value) ? value : undefined;
}
