import { classifyStatus, type GeminiFailure } from './gemini-failure';

/**
 * What an error in the middle of a stream means: its status is in the event, since that of the
 * answer was 200 long before. Undefined for an event that is none.
 */
export function failureInEvent(event: unknown): GeminiFailure | undefined {
  if (typeof event !== 'object' || event === null || !('error' in event)) {
    return undefined;
  }
  const { error } = event;
  if (typeof error !== 'object' || error === null) {
    return undefined;
  }
  const code = 'code' in error ? error.code : undefined;
  const isStatus = typeof code === 'number' && code >= 400 && code <= 599;
  return classifyStatus(isStatus ? code : 500, event);
}
