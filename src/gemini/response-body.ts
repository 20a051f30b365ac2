import { BlobJsonError } from '../json/blob-json.error';
import type { Slabs } from '../memory/slabs';
import type { IncomingBody } from '../wire/incoming-body';
import type { BodyReader } from './body-reader';
import { classifySocketCode, codeOf, type GeminiFailure } from './gemini-failure';
import { failed, type FailedCall } from './gemini-result';

/** Creates a reader, which may disconnect before the end once it has what it needs. */
export type ReaderFactory<T> = (hangUp: () => void) => BodyReader<T>;

/**
 * Reads the body of a response to its end and returns the result or the failure.
 *
 * @param slabs where its bytes are kept
 * @throws the signal's reason if it is aborted first
 */
export function readResponseBody<T>(
  body: IncomingBody,
  slabs: Slabs,
  signal: AbortSignal,
  readerOf: ReaderFactory<T>,
): Promise<T | FailedCall> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    /** Runs a step. If it returns or throws something, that settles the result. */
    const settleBy = (step: () => T | FailedCall | undefined): void => {
      if (isSettled) {
        return;
      }
      try {
        const result = step();
        if (result === undefined) {
          return;
        }
        resolve(result);
      } catch (error) {
        reject(error instanceof Error ? error : new Error('a response could not be read'));
      }
      isSettled = true;
      signal.removeEventListener('abort', onAbort);
      body.destroy();
    };
    const onAbort = (): void => {
      settleBy(() => {
        const result = reader.cutShort();
        if (result === undefined) {
          throw signal.reason as Error;
        }
        return result;
      });
    };
    const reader = readerOf(() => {
      settleBy(() => reader.cutShort());
    });
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    body.read(slabs, {
      onBody: (bytes) => {
        settleBy(() => understood(reader, () => reader.push(bytes)));
      },
      onEnd: () => {
        settleBy(() => understood(reader, () => reader.end()));
      },
      onError: (error) => {
        settleBy(() => reader.cutShort() ?? failed(classifySocketCode(codeOf(error))));
      },
    });
  });
}

/** A body that cannot be parsed is a fault of Google's, like one that breaks off. */
function understood<T>(
  reader: BodyReader<T>,
  step: () => T | undefined,
): T | FailedCall | undefined {
  try {
    return step();
  } catch (error) {
    // Called in any case, because a reader may have a timer.
    const result = reader.cutShort();
    if (error instanceof BlobJsonError) {
      return result ?? failed(failureOfJson(error));
    }
    throw error;
  }
}

function failureOfJson({ reason }: BlobJsonError): GeminiFailure {
  return reason === 'too_large' || reason === 'structure_too_large'
    ? { kind: 'response_too_large', reason }
    : { kind: 'transient', reason: `the response was ${reason}` };
}
