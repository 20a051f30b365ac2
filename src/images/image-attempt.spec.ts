import { HttpService } from '@nestjs/axios';
import axios from 'axios';
import { openRequest, type OpenRequest } from '../../test/open-request';
import { requestContexts } from '../../test/request-contexts';
import {
  respond,
  imagePart,
  png,
  startScriptedUpstream,
  type ScriptedCall,
  type ScriptedUpstream,
} from '../../test/scripted-upstream';
import type { Account } from '../accounts/account';
import { AccountPoolService } from '../accounts/account-pool.service';
import { ImageReservation } from '../consumers/limits/image-reservation';
import { loadConfig } from '../config/app-config';
import { ImageRecords } from '../attempts/image-records';
import { UpstreamAttempts } from '../attempts/upstream-attempts';
import { ClientGoneError } from '../context/client-gone.error';
import { AccessTokenService } from '../gemini/access-token.service';
import { GeminiClient } from '../gemini/gemini.client';
import type { ImageRequestFields } from '../mapping/image-request';
import { MappingService } from '../mapping/mapping.service';
import { isGeminiModel } from '../mapping/resolved-model';
import { loadPriceTable } from '../pricing/load-price-table';
import { proxiedFetch } from '../wire/proxied-fetch';
import { wireDefaults } from '../wire/wire.adapter';
import type { GeneratedImage, PartialImage } from './generated-image';
import { ImageAttempt } from './image-attempt';
import { ImageFinisher } from './image-finisher';
import { ImageEncoder } from './pixels/image-encoder';
import { InputReader } from './pixels/input-reader';
import { MaskComposer } from './pixels/mask-composer';
import { PixelSemaphore } from './pixels/pixel-semaphore';

const EMAILS = ['a@test', 'b@test', 'c@test'];

describe('ImageAttempt', () => {
  let upstream: ScriptedUpstream;
  let request: OpenRequest;
  let pool: AccountPoolService;
  let image: string;

  beforeAll(async () => {
    image = await png(8);
  });
  beforeEach(async () => {
    request = await openRequest({}, requestContexts());
  });
  afterEach(async () => {
    request.close();
    await upstream.close();
  });

  /** Runs one image; the upstream responds by the script. */
  async function run(
    script: (call: ScriptedCall) => void,
    fields: Partial<ImageRequestFields> = {},
    onPartial?: (image: PartialImage) => void,
  ) {
    upstream = await startScriptedUpstream(script);
    const config = loadConfig({
      environment: { UPSTREAM_ATTEMPT_TIMEOUT_MS: '1000' },
      readFile: () => '',
      isKnownModel: isGeminiModel,
      consumerFaults: () => [],
      accountFaults: () => [],
    });
    const accounts = EMAILS.map((email): Account => ({
      email,
      provider: 'gemini',
      apiKey: `key-of-${email}`,
      baseUrl: upstream.url,
      maxConcurrency: 1,
      priority: 1,
      enabled: true,
    }));
    pool = new AccountPoolService(accounts, config.accounts);
    const mapping = new MappingService(config.images);
    const pixels = new PixelSemaphore();
    const attempt = new ImageAttempt(
      config,
      mapping,
      new UpstreamAttempts(config, pool, loadPriceTable(undefined), new ImageRecords()),
      new GeminiClient(
        new HttpService(axios.create(wireDefaults())),
        new AccessTokenService(proxiedFetch()),
      ),
      new ImageFinisher(new ImageEncoder(pixels), new MaskComposer(pixels)),
      new InputReader(pixels),
    );
    const plan = mapping.planGeneration({ prompt: 'x', ...fields });
    const reserved = ImageReservation.unlimited.image(0);
    const task = { plan, index: 0, reserved, ...(onPartial && { onPartial }) };
    // Without a conversation nothing but an image is a response.
    return (await attempt.run(task, request.context)) as GeneratedImage;
  }

  const outcome = (promise: Promise<unknown>) =>
    promise.then(
      () => 'an image',
      (error: unknown) => error,
    );
  const json = ({ response }: ScriptedCall, status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const made = (call: ScriptedCall): void => {
    json(call, 200, respond([imagePart(image)], 'STOP'));
  };
  const error = (call: ScriptedCall, status: number, name: string): void => {
    json(call, status, { error: { code: status, message: 'm', status: name } });
  };
  /** Nothing is held any more, whatever came of it. */
  const expectNoLease = (): void => {
    expect(pool.load).toEqual({ inFlight: 0, waiting: 0 });
  };

  it('makes an image on the first account, and ends the lease with it', async () => {
    const result = await run(made);
    expect(result).toMatchObject({
      accountEmail: 'a@test',
      provider: 'gemini',
      header: { format: 'png', width: 8, height: 8 },
    });
    expect(result.data.toText()).toBe(image);
    expect([...pool.endings]).toEqual([['image', 1]]);
    expectNoLease();
  });

  it.each<[string, number, string]>([
    ['a rate limit', 429, 'RESOURCE_EXHAUSTED'],
    ['a key that is not valid', 401, 'UNAUTHENTICATED'],
    ['a fault of the server', 500, 'INTERNAL'],
  ])('goes on to another account after %s', async (_name, status, name) => {
    const result = await run((call) => {
      if (call.number === 1) {
        error(call, status, name);
      } else {
        made(call);
      }
    });
    expect(result.accountEmail).toBe('b@test');
    expect(upstream.calls.map(({ key }) => key)).toEqual(['key-of-a@test', 'key-of-b@test']);
    expectNoLease();
  });

  it.each<[string, (call: ScriptedCall) => void, string]>([
    [
      'a request that is not valid',
      (call) => {
        error(call, 400, 'INVALID_ARGUMENT');
      },
      'invalid_request',
    ],
    [
      'a refusal',
      (call) => {
        json(call, 200, respond([], 'SAFETY'));
      },
      'moderation_blocked',
    ],
    [
      'a response that was cut short',
      (call) => {
        json(call, 200, respond([], 'MAX_TOKENS'));
      },
      'no_image',
    ],
  ])('gives up at once after %s, and says on which account', async (_name, script, kind) => {
    expect(await outcome(run(script))).toMatchObject({ fault: { kind }, accountEmail: 'a@test' });
    expect(upstream.calls).toHaveLength(1);
    expectNoLease();
  });

  it('pays for a response without an image twice at most', async () => {
    const result = await outcome(
      run((call) => {
        json(call, 200, respond([{ text: 'no' }], 'STOP'));
      }),
    );
    expect(result).toMatchObject({ fault: { kind: 'no_image' }, accountEmail: 'b@test' });
    expect(upstream.calls).toHaveLength(2);
  });

  it('tries each account once, and then reports the pool’s error', async () => {
    const result = await outcome(
      run((call) => {
        error(call, 401, 'UNAUTHENTICATED');
      }),
    );
    expect(result).toMatchObject({ fault: { kind: 'no_account_available' } });
    expect(upstream.calls.map(({ key }) => key)).toEqual(EMAILS.map((email) => `key-of-${email}`));
    expectNoLease();
  });

  it('notes each call, and the accounts that failed, for the log', async () => {
    request.context.outcome.images = { model: 'm', requested: 1, returned: 0, attempts: 0 };
    await outcome(
      run((call) => {
        error(call, 500, 'INTERNAL');
      }),
    );
    expect(request.context.outcome.images).toEqual({
      model: 'm',
      requested: 1,
      returned: 0,
      attempts: upstream.calls.length,
      failedAccounts: EMAILS,
    });
  });

  it('tries four times at most', async () => {
    const result = await outcome(
      run((call) => {
        error(call, 503, 'UNAVAILABLE');
      }),
    );
    expect(result).toMatchObject({ fault: { kind: 'upstream_error' } });
    expect(upstream.calls).toHaveLength(4);
  });

  it('stops with the client, and ends the lease as abandoned', async () => {
    const result = outcome(run(() => void request.leave()));
    expect(await result).toBeInstanceOf(ClientGoneError);
    await upstream.calls[0]?.closed;
    expect([...pool.endings]).toEqual([['abandoned', 1]]);
    expectNoLease();
  });

  it('stops at the deadline, and names the account', async () => {
    request.context.startDeadline(200);
    expect(await outcome(run(() => undefined))).toMatchObject({
      fault: { kind: 'upstream_timeout' },
      accountEmail: 'a@test',
      reason: 'deadline',
    });
    expectNoLease();
  });

  it('finishes an image in the requested format', async () => {
    const result = await run(made, { outputFormat: 'webp' });
    expect(result.header).toMatchObject({ format: 'webp', width: 8, height: 8 });
  });

  it('does not retry what it has paid for and cannot read', async () => {
    const broken = Buffer.from(image, 'base64');
    broken.fill(0, broken.length - 40);
    const data = broken.toString('base64');
    const script = (call: ScriptedCall): void => {
      json(call, 200, respond([imagePart(data)], 'STOP'));
    };
    expect(await outcome(run(script, { outputFormat: 'jpeg' }))).toMatchObject({
      fault: { kind: 'upstream_error', shouldRetry: false },
      accountEmail: 'a@test',
    });
    expect(upstream.calls).toHaveLength(1);
  });

  it('shows partial images in order, all of them before the image itself', async () => {
    const seen: number[] = [];
    const event = (body: object): string => `data: ${JSON.stringify(body)}\r\n\r\n`;
    const result = await run(
      ({ response, path }) => {
        expect(path).toContain('streamGenerateContent');
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(event(respond([imagePart(image, { thought: true })])));
        response.write(event(respond([imagePart(image, { thought: true })])));
        response.end(event(respond([imagePart(image)], 'STOP')));
      },
      { partialImages: 2 },
      ({ partialIndex }) => seen.push(partialIndex),
    );
    expect(seen).toEqual([0, 1]);
    expect(result.header.format).toBe('png');
    expectNoLease();
  });
});
