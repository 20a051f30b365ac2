import sharp from 'sharp';

import { UnreadableImage } from './drawing/input-pixels';
import { EMULATOR_MODELS, findModel } from './emulator-models';
import type { EmulatorModel } from './emulator-models';
import type { AcceptedRequest } from './request-check';
import { Studio } from './studio';

// Drawing takes its time on a busy machine.
jest.setTimeout(60_000);

/** Copied from Google's documentation, not from the table the emulator draws by. */
const DOCUMENTED_1K: Readonly<Record<string, readonly [string, string]>> = {
  '1:1': ['1024x1024', '1024x1024'],
  '1:4': ['512x2048', ''],
  '1:8': ['384x3072', ''],
  '2:3': ['848x1264', '832x1248'],
  '3:2': ['1264x848', '1248x832'],
  '3:4': ['896x1200', '864x1184'],
  '4:1': ['2048x512', ''],
  '4:3': ['1200x896', '1184x864'],
  '4:5': ['928x1152', '896x1152'],
  '5:4': ['1152x928', '1152x896'],
  '8:1': ['3072x384', ''],
  '9:16': ['768x1376', '768x1344'],
  '16:9': ['1376x768', '1344x768'],
  '21:9': ['1584x672', '1536x672'],
};

const studio = new Studio();

function requestOf(changes: Partial<AcceptedRequest> = {}): AcceptedRequest {
  return {
    model: modelOf('gemini-3-pro-image'),
    prompt: 'A fox under a maple tree',
    images: [],
    aspectRatio: undefined,
    imageSize: '1K',
    seed: undefined,
    wantsText: false,
    includeThoughts: false,
    serviceTier: 'standard',
    promptTokens: 6,
    ...changes,
  };
}

function modelOf(id: string): EmulatorModel {
  const model = findModel(id);
  if (model === undefined) {
    throw new Error(id);
  }
  return model;
}

function draw(request: AcceptedRequest, nonce = 'n', draft = false): Promise<Buffer> {
  return studio.draw({ request, nonce, draft, signal: new AbortController().signal });
}

/** The picture in small, to compare by eye's measure: mean difference per channel, 0 to 255. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [left, right] = await Promise.all(
    [a, b].map((image) =>
      sharp(image)
        .resize(32, 32, { fit: 'fill' })
        .toColourspace('srgb')
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const deltas = [...(left ?? [])].map((value, index) => Math.abs(value - (right?.[index] ?? 0)));
  return deltas.reduce((sum, delta) => sum + delta, 0) / deltas.length;
}

function plain(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Every ratio of one model of each table; of the other models, which share the first, the extremes. */
const combinations = EMULATOR_MODELS.flatMap(({ id, ratios }) => {
  const whole = id === 'gemini-nano-banana-2.1' || id === 'gemini-2.5-flash-image';
  return (whole ? ratios : ['2:3', '21:9']).map((ratio) => [id, ratio] as const);
});

describe('the pixels are those of Google’s table', () => {
  it.each(combinations)('%s at %s', async (id, ratio) => {
    const model = modelOf(id);
    const column = id.startsWith('gemini-2.5') ? 1 : 0;
    const picture = await draw(requestOf({ model, aspectRatio: ratio }));
    const { format, width, height, hasAlpha } = await sharp(picture).metadata();
    expect(`${width}x${height}`).toBe(DOCUMENTED_1K[ratio]?.[column]);
    expect([`image/${format}`, hasAlpha]).toEqual([model.mimeType, false]);
  });

  it.each([
    ['gemini-3-pro-image', '16:9', '4K', 5504, 3072],
    ['gemini-nano-banana-2.1', '1:8', '2K', 768, 6144],
    ['gemini-3.1-flash-image', '21:9', '512', 792, 336],
  ])('%s at %s, %s', async (id, aspectRatio, imageSize, width, height) => {
    const picture = await draw(requestOf({ model: modelOf(id), aspectRatio, imageSize }));
    expect(await sharp(picture).metadata()).toMatchObject({ width, height });
  });

  it('a draft is 1K whatever the size, and has no colour', async () => {
    const request = requestOf({ aspectRatio: '3:2', imageSize: '4K' });
    const draft = await draw(request, 'n', true);
    expect(await sharp(draft).metadata()).toMatchObject({ width: 1264, height: 848 });
    const { channels } = await sharp(draft).stats();
    const means = channels.slice(0, 3).map(({ mean }) => mean);
    expect(Math.max(...means) - Math.min(...means)).toBeLessThan(4);
    expect(await difference(draft, await draw({ ...request, imageSize: '1K' }))).toBeGreaterThan(
      10,
    );
  });
});

describe('every picture is its own', () => {
  it('the same for the same request and nonce, at each size', async () => {
    const first = await draw(requestOf(), 'seed 7');
    expect(first.equals(await draw(requestOf(), 'seed 7'))).toBe(true);
    const larger = await draw(requestOf({ imageSize: '2K' }), 'seed 7');
    expect(await difference(first, larger)).toBeLessThan(4);
  });

  it('another for each prompt and each nonce', async () => {
    const prompts = ['a cat', 'a dog', 'a lake', 'a town'];
    const pictures = await Promise.all([
      ...prompts.map((prompt) => draw(requestOf({ prompt }))),
      ...['1', '2', '3'].map((nonce) => draw(requestOf({ prompt: 'a cat' }), nonce)),
    ]);
    for (const [index, picture] of pictures.entries()) {
      for (const other of pictures.slice(index + 1)) {
        expect(await difference(picture, other)).toBeGreaterThan(6);
      }
    }
  });

  it.each(['日本の山 🏔️', '<svg>&"\'', 'é'.repeat(5000), '‮abc\u0000\u0007', ' '])(
    'draws the prompt %j',
    async (prompt) => {
      await expect(draw(requestOf({ prompt }))).resolves.toBeInstanceOf(Buffer);
    },
  );
});

describe('an edit', () => {
  it('shows its input, changed, in the ratio of the input', async () => {
    const [red, blue] = await Promise.all([plain(900, 500, '#d02020'), plain(900, 500, '#2020d0')]);
    const edits = await Promise.all(
      [red, blue].map((bytes) => draw(requestOf({ images: [{ mimeType: 'image/png', bytes }] }))),
    );
    const [redEdit, blueEdit] = edits;
    expect(await sharp(redEdit).metadata()).toMatchObject({ width: 1376, height: 768 });
    // Right of the prints and above the bands there is nothing but the input under its tint.
    const region = { left: 600, top: 40, width: 200, height: 200 };
    const [warm, cold] = await Promise.all(
      [redEdit, blueEdit].map((edit) => sharp(edit).extract(region).stats()),
    );
    expect(warm?.dominant.r).toBeGreaterThan(120);
    expect(cold?.dominant.b).toBeGreaterThan(120);
    expect(await difference(red, redEdit ?? red)).toBeGreaterThan(6);
  });

  it('takes as many inputs as the model does, HEIC unseen among them', async () => {
    const bytes = await plain(64, 64, '#208020');
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), bytes]);
    const images = [
      ...Array.from({ length: 13 }, () => ({ mimeType: 'image/png', bytes })),
      { mimeType: 'image/heic', bytes: heic },
    ];
    const picture = await draw(requestOf({ images, aspectRatio: '1:1' }));
    expect(await sharp(picture).metadata()).toMatchObject({ width: 1024, height: 1024 });
  });

  it('says when an input cannot be decoded', async () => {
    const bytes = (await plain(64, 64, '#208020')).subarray(0, 60);
    const broken = draw(requestOf({ images: [{ mimeType: 'image/png', bytes }] }));
    await expect(broken).rejects.toBeInstanceOf(UnreadableImage);
  });
});

describe('the queue', () => {
  it('draws nothing for a call that has left, and goes on with the others', async () => {
    const gone = new AbortController();
    gone.abort();
    const request = requestOf();
    const left = studio.draw({ request, nonce: 'x', draft: false, signal: gone.signal });
    const stayed = Array.from({ length: 5 }, (_, index) => draw(request, String(index)));
    await expect(left).rejects.toThrow();
    await expect(Promise.all(stayed)).resolves.toHaveLength(5);
  });
});
