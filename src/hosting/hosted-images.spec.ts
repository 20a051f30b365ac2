import type { PinoLogger } from 'nestjs-pino';
import type { AppConfig } from '../config/app-config';
import type { RequestContext } from '../context/request-context';
import { JsonBlob } from '../json/json-blob';
import { HostedImages } from './hosted-images';
import type { ImageStore } from './image-store';

/** A store that is frozen: a write ends only when it is aborted. */
const FROZEN = {
  kind: 's3',
  write: (_file: unknown, signal: AbortSignal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(new Error('aborted'));
      });
    }),
} as unknown as ImageStore;

describe('HostedImages', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    ['long before the deadline', 60_000, 10_000],
    ['before the deadline, but for less than ten seconds', 5_000, 5_000],
    ['just before the deadline', 500, 2_000],
    ['after the deadline', -1_000, 2_000],
  ])('waits for a frozen store: %s', async (_when, leftMs, waitMs) => {
    const images = new HostedImages({} as AppConfig, FROZEN, {} as PinoLogger);
    const errors: object[] = [];
    const context = {
      closed: new AbortController().signal,
      deadlineAt: Date.now() + leftMs,
      log: { error: (facts: object) => errors.push(facts) },
    } as unknown as RequestContext;
    let file: unknown = 'not yet';
    const written = images
      .keep(JsonBlob.from(Buffer.from('AAAA')), 'image/png', context)
      .then((name) => {
        file = name;
      });
    await jest.advanceTimersByTimeAsync(waitMs - 1);
    expect(file).toBe('not yet');
    await jest.advanceTimersByTimeAsync(1);
    await written;
    expect(file).toBeUndefined();
    expect(errors).toMatchObject([{ reason: 'timeout', ms: waitMs }]);
  });
});
