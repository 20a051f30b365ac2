import { member } from '../json/unknown-json';
import { classifyStatus, type GeminiFailure } from './gemini-failure';

/**
 * The failure in a response of status 200, either in an event in the middle of a stream or in the
 * whole document, which contains its true status. Undefined if there is no error.
 */
export function failureInEvent(event: unknown): GeminiFailure | undefined {
  const error = member(event, 'error');
  if (typeof error !== 'object' || error === null) {
    return undefined;
  }
  const code = member(error, 'code');
  const isStatus = typeof code === 'number' && code >= 400 && code <= 599;
  return classifyStatus(isStatus ? code : 500, event);
}
