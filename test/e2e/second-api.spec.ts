import { Controller, HttpCode, Inject, Post, Res, UseGuards } from '@nestjs/common';
import type { Response as ExpressResponse } from 'express';
import { lastValueFrom, tap } from 'rxjs';
import { contextOf } from '../../src/context/request-contexts';
import { Access } from '../../src/http/auth/access';
import { BodyGuard, type JsonBody } from '../../src/http/bodies/body.guard';
import { ReadBody } from '../../src/http/bodies/read-body.decorator';
import { DrainGuard } from '../../src/http/lifecycle/drain.guard';
import { sendBlobJson } from '../../src/http/responses/blob-json.response';
import { setCostHeader } from '../../src/http/responses/cost-header';
import { SseWriter } from '../../src/http/responses/sse-writer';
import {
  setPlanHeaders,
  setReturnedHeader,
  setSourceHeaders,
} from '../../src/images/image-headers.response';
import { ImagesService } from '../../src/images/images.service';
import { startEasel, type EaselOptions, type RunningEasel } from '../running-easel';
import { until } from '../until';

/** A made-up dialect, `{ want, copies, live }`, in front of the same run. */
@Access('member')
@Controller('sketches')
class SketchesController {
  constructor(@Inject(ImagesService) private readonly service: ImagesService) {}

  @Post()
  @HttpCode(200)
  @UseGuards(DrainGuard, BodyGuard({ json: { blobsAt: [] } }))
  async sketch(@ReadBody() body: JsonBody, @Res() response: ExpressResponse): Promise<void> {
    const fields = { prompt: String(body['want']), n: Number(body['copies'] ?? 1) };
    const order = { fields: { ...fields, partialImages: 1 }, stream: body['live'] === true };
    const run = await this.service.run(order, contextOf(response));
    setPlanHeaders(response, run.plan);
    if (run.kind === 'whole') {
      const { images } = await lastValueFrom(run.result);
      setSourceHeaders(response, images, 'email');
      setReturnedHeader(response, images.length);
      setCostHeader(response, contextOf(response), true);
      sendBlobJson(response, { sketches: images.map(({ data }) => data) });
      return;
    }
    setReturnedHeader(response, undefined);
    const writer = new SseWriter(response, { errorEvent: (data) => ({ data }), lastData: 'END' });
    const sent = run.progress.pipe(
      tap(({ kind, image }) => {
        setSourceHeaders(response, response.headersSent ? [] : [image], 'email');
        writer.send({ data: { kind, sketch: image.data } });
      }),
    );
    await lastValueFrom(sent).then(
      () => {
        writer.end();
      },
      (error: unknown) => {
        writer.fail(error);
      },
    );
  }
}

/** The seam of `ImagesService.run` is real where another API gets all that OpenAI's gets. */
describe('a second API in front of the same run', () => {
  let easel: RunningEasel;

  const start = async (options: EaselOptions = {}) => {
    easel = await startEasel({ ...options, controllers: [SketchesController] });
  };
  afterEach(() => easel.close());

  const sketch = (body: object, signal?: AbortSignal) =>
    fetch(`${easel.url}/sketches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  const line = () => easel.log.find(({ msg }) => msg.startsWith('POST /sketches'));

  it('returns the successful ones of several, with the same headers and log line', async () => {
    await start();
    easel.emulator.injectFault({ kind: 'refusal', count: 1 });
    const response = await sketch({ want: 'a cat', copies: 3 });
    const { sketches } = (await response.json()) as { sketches: string[] };
    const openAi = await easel.generate({ prompt: 'a cat', n: 2, partial_images: 1 });
    expect(response.status).toBe(200);
    expect(sketches.map((each) => Buffer.from(each, 'base64').length > 1000)).toEqual([true, true]);
    const names = (headers: Headers) =>
      [...headers.keys()].filter((name) => name.startsWith('x-')).sort();
    expect(names(response.headers)).toEqual(names(openAi.headers));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-images-requested': '3',
      'x-images-returned': '2',
      'x-image-model': 'gemini-3-pro-image',
      'x-account-email': expect.stringContaining('@test') as string,
    });
    await until(() => line() !== undefined);
    expect(line()).toMatchObject({ status: 200, images: { requested: 3, returned: 2 } });
  });

  it('streams in its own dialect', async () => {
    await start();
    const response = await sketch({ want: 'a cat', copies: 2, live: true });
    const blocks = (await response.text()).trim().split('\n\n');
    const kinds = blocks.slice(0, -1).map((block) => {
      const event = JSON.parse(block.replace('data: ', '')) as { kind: string };
      return event.kind;
    });
    expect(kinds.filter((kind) => kind === 'completed')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'partial').length).toBeGreaterThan(0);
    expect(blocks.at(-1)).toBe('data: END');
    expect(response.headers.get('x-account-email')).toContain('@test');
    expect(response.headers.get('x-images-returned')).toBeNull();
  });

  it('rejects an invalid request, with an error that names the requested value', async () => {
    await start();
    easel.emulator.injectFault({ kind: 'refusal' });
    for (const live of [false, true]) {
      const response = await sketch({ want: 'a cat', live });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'moderation_blocked' } });
      expect(response.headers.get('x-images-requested')).toBe('1');
      expect(response.headers.get('x-account-email')).toContain('@test');
    }
  });

  it('stops with its client, and frees the account', async () => {
    await start({
      latencyMs: 60_000,
      accounts: [{ maxConcurrency: 1 }],
      env: { ABANDONED_TTL_SECONDS: '0' },
    });
    const client = new AbortController();
    const call = sketch({ want: 'a cat', copies: 2 }, client.signal).catch(() => 'gone');
    const inFlight = async () => {
      const { data } = (await (await fetch(`${easel.url}/v1/accounts`)).json()) as {
        data: { in_flight: number }[];
      };
      return data[0]?.in_flight;
    };
    await until(async () => (await inFlight()) === 1);
    client.abort();
    expect(await call).toBe('gone');
    await until(async () => (await inFlight()) === 0);
    expect(line()).toMatchObject({ images: { requested: 2, returned: 0 } });
    expect(line()?.['status']).toBeUndefined();
  });
});
