import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { openRequest, type OpenRequest } from '../../test/open-request';
import { requestContexts } from '../../test/request-contexts';
import type { AccountPoolService } from '../accounts/account-pool.service';
import { loadConfig } from '../config/app-config';
import { ClientGoneError } from '../context/client-gone.error';
import { GatewayError, type GatewayFault } from '../errors/gateway-error';
import { JsonBlob } from '../json/json-blob';
import { loadPriceTable } from '../pricing/load-price-table';
import { MappingService } from '../mapping/mapping.service';
import { isGeminiModel } from '../mapping/resolved-model';
import { MemoryBudget } from '../memory/memory-budget';
import type { GeneratedImage, PartialImage } from './generated-image';
import { AbandonedImages } from '../idempotency/abandoned-images';
import { ImageOutcomes } from './image-outcomes';
import type { ImageAttempt, ImageTask } from './image-attempt';
import type { ImagesOrder } from './images-order';
import type { ImageProgress, ImagesRun } from './images-run';
import { ImagesService } from './images.service';
import type { UploadedImages } from './inputs/uploaded-images';
import { ConsumerLimits } from '../consumers/limits/consumer-limits';
import { ShortLimits } from '../consumers/limits/short-limits';
import type { InputImagesService } from './inputs/input-images.service';

const MODEL = 'gemini-3-pro-image';
const NO_IMAGE: GatewayFault = { kind: 'no_image', message: 'none' };
const REFUSED: GatewayFault = { kind: 'moderation_blocked', modelFamily: 'other' };

function image(index: number): GeneratedImage {
  return {
    data: JsonBlob.from(Buffer.from('iVBO')),
    header: { format: 'png', mimeType: 'image/png', width: 1, height: 1 },
    accountEmail: `account-${index}@test`,
    provider: 'gemini',
    usage: undefined,
  };
}

/** Work on one image, in the hands of the test. */
interface Work {
  readonly task: ImageTask;
  readonly succeed: () => void;
  readonly fail: (error: unknown) => void;
}

const ORDER: ImagesOrder = { fields: { prompt: 'a cat' }, stream: false };
const UPLOADS: UploadedImages = {
  kind: 'files',
  images: [{ bytes: [Buffer.from('x')], field: { param: 'image' } }],
};

describe('ImagesService', () => {
  let request: OpenRequest;
  let budget: MemoryBudget;
  let works: Work[];

  beforeEach(async () => {
    budget = new MemoryBudget(Number.POSITIVE_INFINITY, 0);
    request = await openRequest({}, requestContexts(budget));
    works = [];
  });
  afterEach(() => {
    request.close();
  });

  function service(
    parts: { env?: Record<string, string>; inputs?: unknown; refusal?: GatewayFault } = {},
  ): ImagesService {
    const config = loadConfig({
      environment: parts.env ?? {},
      readFile: () => '',
      isKnownModel: isGeminiModel,
      consumerFaults: () => [],
      accountFaults: () => [],
    });
    const attempt: Pick<ImageAttempt, 'run'> = {
      run: (task, context) =>
        new Promise((resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            reject(context.signal.reason as Error);
          });
          works.push({
            task,
            succeed: () => {
              resolve(image(task.index));
            },
            fail: reject,
          });
        }),
    };
    const limits = new ConsumerLimits(new ShortLimits(60_000), loadPriceTable(undefined));
    return new ImagesService(
      config,
      new MappingService(config.images),
      parts.inputs as InputImagesService,
      { refusal: () => parts.refusal } as unknown as AccountPoolService,
      limits,
      new ImageOutcomes(
        attempt as ImageAttempt,
        new AbandonedImages(config, new MemoryBudget(1, 0)),
        limits,
      ),
    );
  }

  /** The result of an order, asked for; it rejects where the run does. */
  function resultOf(run: ImagesRun) {
    if (run.kind !== 'whole') {
      throw new Error('a stream was not asked for');
    }
    return lastValueFrom(run.result);
  }

  function stepsOf(run: ImagesRun, onStep: (step: ImageProgress) => void = () => undefined) {
    if (run.kind !== 'stream') {
      throw new Error('a stream was asked for');
    }
    run.progress.subscribe({ next: onStep, error: () => undefined });
    return lastValueFrom(run.progress.pipe(toArray()));
  }

  const work = (index: number): Work => {
    const found = works.find(({ task }) => task.index === index);
    if (found === undefined) {
      throw new Error(`nobody works on image ${index}`);
    }
    return found;
  };
  const outcome = async (promise: Promise<unknown>) =>
    promise.then(
      () => 'value',
      (error: unknown) => error,
    );

  it('has the plan before any call, and makes no call until subscribed', async () => {
    const run = await service().run(
      { ...ORDER, fields: { prompt: 'a cat', n: 3 } },
      request.context,
    );
    expect(run).toMatchObject({ kind: 'whole', plan: { model: MODEL, n: 3 } });
    expect(works).toEqual([]);
    expect(request.context.outcome.images).toEqual({
      model: MODEL,
      ratio: '1:1',
      requested: 3,
      returned: 0,
      attempts: 0,
    });
  });

  it('makes n images in parallel, and merges the successful ones in the order of the request', async () => {
    const run = await service().run({ ...ORDER, fields: { prompt: 'x', n: 3 } }, request.context);
    const result = resultOf(run);
    expect(works.map(({ task }) => task.index)).toEqual([0, 1, 2]);
    work(2).succeed();
    work(1).fail(new GatewayError(NO_IMAGE));
    work(0).succeed();
    const { images, plan } = await result;
    expect(images.map(({ accountEmail }) => accountEmail)).toEqual([
      'account-0@test',
      'account-2@test',
    ]);
    expect(plan).toBe(run.plan);
    expect(request.context.outcome.images).toMatchObject({
      requested: 3,
      returned: 2,
      accounts: ['account-0@test', 'account-2@test'],
    });
  });

  it.each<[string, unknown, unknown, string]>([
    [
      'the most actionable error',
      new GatewayError(NO_IMAGE),
      new GatewayError(REFUSED),
      REFUSED.kind,
    ],
    ['what was thrown as an internal error', new TypeError('x'), new TypeError('y'), 'internal'],
  ])('fails with %s when not one image came', async (_name, first, second, kind) => {
    const run = await service().run({ ...ORDER, fields: { prompt: 'x', n: 2 } }, request.context);
    const result = outcome(resultOf(run));
    work(0).fail(first);
    work(1).fail(second);
    expect(await result).toMatchObject({ fault: { kind } });
    expect(request.context.outcome.images).toMatchObject({ requested: 2, returned: 0 });
  });

  it('emits each image of a stream as soon as it is ready, after its partial images', async () => {
    const order = { fields: { prompt: 'x', n: 2, partialImages: 1 }, stream: true };
    const run = await service().run(order, request.context);
    if (run.kind !== 'stream') {
      throw new Error('a stream was asked for');
    }
    const steps: string[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      run.progress.subscribe({
        next: ({ kind, image: { accountEmail } }) => steps.push(`${kind} ${accountEmail}`),
        error: reject,
        complete: resolve,
      });
    });
    work(1).task.onPartial?.({ ...image(1), partialIndex: 0 } satisfies PartialImage);
    work(1).succeed();
    await sleep(1);
    expect(steps).toEqual(['partial account-1@test', 'completed account-1@test']);
    expect(request.context.outcome.images).toMatchObject({ returned: 1 });
    work(0).fail(new GatewayError(NO_IMAGE));
    await ended;
    expect(steps).toHaveLength(2);
  });

  it('fails a stream once every image has failed', async () => {
    const run = await service().run({ ...ORDER, stream: true }, request.context);
    const steps = outcome(stepsOf(run));
    for (const { fail } of works) {
      fail(new GatewayError(REFUSED));
    }
    expect(await steps).toMatchObject({ fault: REFUSED });
  });

  it('ends when the client disconnects: nothing is emitted, the work stops, the memory is released', async () => {
    const run = await service().run({ ...ORDER, fields: { prompt: 'x', n: 2 } }, request.context);
    const result = outcome(resultOf(run));
    expect(budget.bytes).toBeGreaterThan(0);
    await request.leave();
    expect(await result).toBeInstanceOf(ClientGoneError);
    expect(budget.bytes).toBe(0);
    expect(request.context.outcome.fault).toBeUndefined();
  });

  it('ends at the deadline, which counts from the arrival of the request', async () => {
    const { context } = request;
    await sleep(30);
    const run = await service({ env: { REQUEST_DEADLINE_MS: '1000' } }).run(ORDER, context);
    expect(context.deadlineAt - Date.now()).toBeLessThanOrEqual(975);
    expect(await outcome(resultOf(run))).toMatchObject({ fault: { kind: 'upstream_timeout' } });
  });

  it('holds the shutdown until the request is closed, but not for an order that is refused', async () => {
    const contexts = requestContexts();
    const { context, leave, close } = await openRequest({}, contexts);
    const order = { ...ORDER, fields: { prompt: 'x', n: 11 } };
    expect(await outcome(service().run(order, context))).toMatchObject({
      fault: { kind: 'invalid_request', param: 'n', code: 'integer_above_max_value' },
    });
    expect(contexts.atWork).toBe(0);
    await service().run(ORDER, context);
    expect(contexts.atWork).toBe(1);
    await leave();
    expect(contexts.atWork).toBe(0);
    close();
  });

  describe('an order with images', () => {
    const order = { ...ORDER, uploads: UPLOADS };
    const read = { images: [{ mimeType: 'image/png', data: JsonBlob.from(Buffer.from('aGk=')) }] };

    it('is planned with them, once they are read', async () => {
      const inputs = { read: () => Promise.resolve(read) };
      const run = await service({ inputs }).run(order, request.context);
      expect(run.plan.inputs).toEqual(read.images);
      expect(request.context.outcome.images).toMatchObject({ inputs: 1, returned: 0 });
    });

    it('does not read them if no account can serve', async () => {
      const inputs = { read: jest.fn() };
      const work = service({ inputs, refusal: { kind: 'quota_exhausted' } });
      expect(await outcome(work.run(order, request.context))).toMatchObject({
        fault: { kind: 'quota_exhausted' },
      });
      expect(inputs.read).not.toHaveBeenCalled();
      expect(request.context.outcome.images).toBeUndefined();
    });

    it('waits for them no longer than its client', async () => {
      const inputs = { read: () => new Promise(() => undefined) };
      const run = outcome(service({ inputs }).run(order, request.context));
      await request.leave();
      expect(await run).toBeInstanceOf(ClientGoneError);
    });

    it('is refused if one of them is invalid', async () => {
      const fault: GatewayFault = { kind: 'unreadable_input_image', name: 'image' };
      const inputs = { read: () => Promise.reject(new GatewayError(fault)) };
      expect(await outcome(service({ inputs }).run(order, request.context))).toMatchObject({
        fault,
      });
    });
  });
});
