import { items } from '../json/unknown-json';
import { isMessage, protoField } from './proto-message';

/**
 * Merges the responses of several calls into the one that Google would return for several
 * candidates: its image models do not support more than one. Token counts are added, since each
 * call was billed.
 *
 * @param responses at least one; one in which a prompt was blocked has no candidate
 */
export function mergedResponse(responses: readonly unknown[]): object {
  const candidates = responses
    .flatMap((response) => items(protoField(response, 'candidates')))
    .map((candidate, index) => (isMessage(candidate) ? { ...candidate, index } : candidate));
  const feedback = first(responses, 'promptFeedback');
  const usage = responses.flatMap((response) => protoField(response, 'usageMetadata') ?? []);
  const named = ['modelVersion', 'createTime', 'responseId'].map(
    (name) => [name, first(responses, name)] as const,
  );
  return {
    ...(candidates.length > 0 ? { candidates } : {}),
    // One call's block says nothing about the candidates of the others.
    ...(candidates.length === 0 && feedback !== undefined ? { promptFeedback: feedback } : {}),
    ...(usage.length > 0 ? { usageMetadata: usage.reduce<unknown>(added, undefined) } : {}),
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
  };
}

function first(responses: readonly unknown[], name: string): unknown {
  return responses
    .map((response) => protoField(response, name))
    .find((value) => value !== undefined);
}

/** Adds counts, and lists by their modality; anything else is taken from the first. */
function added(one: unknown, other: unknown): unknown {
  if (!isMessage(one) || !isMessage(other)) {
    return one ?? other;
  }
  const sum: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    sum[name] = addedCount(sum[name], value);
  }
  return sum;
}

function addedCount(one: unknown, other: unknown): unknown {
  if (typeof one === 'number' && typeof other === 'number') {
    return one + other;
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return addedDetails([...(one as unknown[]), ...(other as unknown[])]);
  }
  return one ?? other;
}

/** `[{modality, tokenCount}]` with each modality once. */
function addedDetails(details: readonly unknown[]): readonly unknown[] {
  const byModality = new Map<unknown, unknown>();
  for (const detail of details) {
    const modality = protoField(detail, 'modality');
    const known = byModality.get(modality);
    byModality.set(modality, known === undefined ? detail : added(known, detail));
  }
  return [...byModality.values()];
}
