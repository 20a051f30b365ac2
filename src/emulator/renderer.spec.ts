import sharp from 'sharp';

import type { Stage } from './drawing/draft';
import { UnreadableImage } from './drawing/input-pixels';
import { EMULATOR_MODELS, findModel } from './emulator-models';
import type { EmulatorModel } from './emulator-models';
import type { InputImage } from './input-image';
import type { AcceptedRequest } from './request-check';
import { Renderer } from './renderer';

// Drawing takes its time on a busy machine.

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

const renderer = new Renderer();

function requestOf(changes: Partial<AcceptedRequest> = {}): AcceptedRequest {
  return {
    model: modelOf('gemini-3-pro-image'),
    prompt: 'A fox under a maple tree',
    images: [],
    aspectRatio: undefined,
    imageSize: '1K',
    seed: undefined,
    wantsText: false,
    wantsImage: true,
    thinkingLevel: '',
    partialImages: 0,
    serviceTier: 'standard',
    textTokens: 6,
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

/** Like `requestOf`, of the smallest size there is: for tests that draw many pictures, whose size says nothing. */
function smallOf(changes: Partial<AcceptedRequest> = {}): AcceptedRequest {
  return requestOf({ model: modelOf('gemini-3.1-flash-image'), imageSize: '512', ...changes });
}

function draw(request: AcceptedRequest, nonce = 'n', stage: Stage = 'final'): Promise<Buffer> {
  return renderer.draw({ request, nonce, stage, signal: new AbortController().signal });
}

/** How alike two pictures are in light and dark, in small: 1 the same, 0 nothing in common. */
async function likeness(a: Buffer, b: Buffer, region?: Region): Promise<number> {
  const [left = [], right = []] = await Promise.all([a, b].map((image) => greys(image, region)));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [leftMean, rightMean] = [mean(left), mean(right)];
  const product = mean(
    left.map((value, at) => (value - leftMean) * ((right[at] ?? 0) - rightMean)),
  );
  const spread = (values: readonly number[], middle: number): number =>
    Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  return product / (spread(left, leftMean) * spread(right, rightMean));
}

type Region = Parameters<ReturnType<typeof sharp>['extract']>[0];

async function greys(image: Buffer, region?: Region): Promise<readonly number[]> {
  const part =
    region === undefined
      ? sharp(image)
      : sharp(await sharp(image).extract(region).png().toBuffer());
  return [...(await part.resize(24, 24, { fit: 'fill' }).greyscale().raw().toBuffer())];
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

  it.each<[Stage, string, number, number]>([
    ['sketch', '4K', 1264, 848],
    ['underpainting', '2K', 1264, 848],
    ['sketch', '512', 632, 424],
  ])('a %s of a picture of %s is %ix%i', async (stage, imageSize, width, height) => {
    const model = modelOf('gemini-3.1-flash-image');
    const draft = await draw(requestOf({ model, aspectRatio: '3:2', imageSize }), 'n', stage);
    expect(await sharp(draft).metadata()).toMatchObject({ width, height });
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
      ...prompts.map((prompt) => draw(smallOf({ prompt }))),
      ...['1', '2', '3'].map((nonce) => draw(smallOf({ prompt: 'a cat' }), nonce)),
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
      await expect(draw(smallOf({ prompt }))).resolves.toBeInstanceOf(Buffer);
    },
  );
});

describe('the stages of a picture', () => {
  it.each([
    ['a planet', 1],
    ['A fox under a maple tree', 2],
  ])('show the same composition, each in its own way: %s', async (prompt, nonce) => {
    const request = requestOf({ prompt, aspectRatio: '3:2' });
    const stages = ['sketch', 'underpainting', 'final'] as const;
    const [sketch, underpainting, final] = await Promise.all(
      stages.map((stage) => draw(request, `seed ${nonce}`, stage)),
    );
    const pictures = [sketch, underpainting, final].map((picture) => picture ?? Buffer.alloc(0));
    for (const [index, picture] of pictures.entries()) {
      for (const other of pictures.slice(index + 1)) {
        expect(await difference(picture, other)).toBeGreaterThan(6);
      }
    }
    const [, painted = Buffer.alloc(0), finished = Buffer.alloc(0)] = pictures;
    const inner = { left: 120, top: 120, width: 1000, height: 550 };
    expect(await likeness(painted, finished, inner)).toBeGreaterThan(0.8);
    expect(await saturation(sketch ?? finished)).toBeLessThan(16);
  });
});

/** How far the channels' means are apart: 0 for a grey picture. */
async function saturation(picture: Buffer): Promise<number> {
  const upper = await sharp(picture)
    .extract({ left: 0, top: 0, width: 800, height: 500 })
    .png()
    .toBuffer();
  const { channels } = await sharp(upper).stats();
  const means = channels.slice(0, 3).map(({ mean }) => mean);
  return Math.max(...means) - Math.min(...means);
}

const png = (bytes: Buffer): InputImage => ({ mimeType: 'image/png', bytes });
const jpeg = (bytes: Buffer): InputImage => ({ mimeType: 'image/jpeg', bytes });

/** White within an ellipse, as large as the pictures at 3:2. */
function maskOf(white = true): Promise<Buffer> {
  const ellipse = white ? '<ellipse cx="820" cy="330" rx="280" ry="220" fill="#fff"/>' : '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1264" height="848"><rect width="1264" height="848"/>${ellipse}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer();
}

describe('an edit', () => {
  let photo: Buffer;

  beforeAll(async () => {
    // Of a scene with light and dark all over it: on an even one the moon alone would count.
    const landscape = { prompt: 'A quiet valley', aspectRatio: '3:2' };
    photo = await draw(requestOf(landscape), 'seed 1');
  });

  it('has the ratio of its input if none is requested', async () => {
    const edits = await Promise.all(
      (
        [
          [900, 500],
          [500, 900],
          [1000, 160],
        ] as const
      ).map(async ([width, height]) => {
        const images = [png(await plain(width, height, '#d02020'))];
        return sharp(await draw(requestOf({ images }))).metadata();
      }),
    );
    expect(edits.map(({ width, height }) => `${width}x${height}`)).toEqual([
      '1376x768',
      '768x1376',
      '1584x672',
    ]);
  });

  it.each([
    'make it night',
    'Winter, please',
    'a warm evening',
    'in spring',
    'as an old photograph',
    'a balloon festival',
    'add a hat',
  ])('without a mask shows its input in another mood: %s', async (prompt) => {
    const edit = await draw(requestOf({ prompt, images: [jpeg(photo)] }));
    expect(await sharp(edit).metadata()).toMatchObject({ width: 1264, height: 848 });
    expect(await difference(photo, edit)).toBeGreaterThan(10);
    // Above the caption, where the input is not covered.
    const region = { left: 60, top: 60, width: 1150, height: 620 };
    expect(await likeness(photo, edit, region)).toBeGreaterThan(0.35);
  });

  it('with a mask draws something new where it is white, and shifts the tone of the rest', async () => {
    const images = [jpeg(photo), png(await maskOf())];
    const edit = await draw(requestOf({ prompt: 'a planet', images }));
    const inside = { left: 640, top: 200, width: 360, height: 260 };
    const outside = { left: 20, top: 230, width: 480, height: 440 };
    const part = (image: Buffer, region: Region): Promise<Buffer> =>
      sharp(image).extract(region).png().toBuffer();
    const changed = await difference(await part(photo, inside), await part(edit, inside));
    const touched = await difference(await part(photo, outside), await part(edit, outside));
    expect(changed).toBeGreaterThan(30);
    expect(touched).toBeGreaterThan(3);
    expect(touched).toBeLessThan(25);
    expect(await likeness(photo, edit, outside)).toBeGreaterThan(0.95);
  });

  it('paints a little over the edge of the mask', async () => {
    const [white, black] = await Promise.all([maskOf(), maskOf(false)]);
    const [edit, untouched] = await Promise.all(
      [white, black].map((mask) =>
        draw(requestOf({ prompt: 'a planet', images: [jpeg(photo), png(mask)] })),
      ),
    );
    // The ellipse begins in row 110.
    const changeAt = async (top: number): Promise<number> => {
      const region = { left: 800, top, width: 40, height: 4 };
      const [left = photo, right = photo] = await Promise.all(
        [edit, untouched].map((picture) => sharp(picture).extract(region).png().toBuffer()),
      );
      return difference(left, right);
    };
    expect(await changeAt(80)).toBeLessThan(3);
    expect(await changeAt(106)).toBeGreaterThan(15);
    expect(await changeAt(112)).toBeGreaterThan(15);
  });

  it('with a black mask changes only the tone', async () => {
    const images = [jpeg(photo), png(await maskOf(false))];
    const edit = await draw(requestOf({ prompt: 'a planet', images }));
    const region = { left: 60, top: 60, width: 1150, height: 600 };
    expect(await likeness(photo, edit, region)).toBeGreaterThan(0.9);
    expect(await difference(photo, edit)).toBeGreaterThan(3);
  });

  it('shows further inputs as prints, and the mask as none', async () => {
    const red = await plain(300, 300, '#ff0000');
    const corner = async (images: readonly InputImage[]): Promise<number> => {
      const edit = await draw(requestOf({ prompt: 'a balloon', images }));
      const print = await sharp(edit)
        .extract({ left: 60, top: 60, width: 80, height: 80 })
        .png()
        .toBuffer();
      const { channels } = await sharp(print).stats();
      return (channels[0]?.mean ?? 0) - (channels[1]?.mean ?? 0);
    };
    expect(await corner([jpeg(photo), png(red)])).toBeGreaterThan(200);
    expect(await corner([jpeg(photo), png(red), png(await maskOf())])).toBeGreaterThan(200);
    expect(await corner([jpeg(photo), png(await maskOf())])).toBeLessThan(60);
  });

  it('is the same for the same seed, and another for another prompt', async () => {
    const images = [jpeg(photo), png(await maskOf())];
    const [first, second, other] = await Promise.all(
      ['a planet', 'a planet', 'a lake'].map((prompt) => draw(requestOf({ prompt, images }))),
    );
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(true);
    expect(await difference(first ?? photo, other ?? photo)).toBeGreaterThan(3);
  });

  it.each<[string, (image: ReturnType<typeof sharp>) => ReturnType<typeof sharp>, string]>([
    ['grey', (image) => image.greyscale().toColourspace('b-w').png(), 'image/png'],
    ['16 bits', (image) => image.toColourspace('rgb16').png(), 'image/png'],
    [
      'a palette and transparency',
      (image) => image.ensureAlpha(0.5).png({ palette: true }),
      'image/png',
    ],
    ['CMYK', (image) => image.toColourspace('cmyk').jpeg(), 'image/jpeg'],
    ['WebP', (image) => image.webp(), 'image/webp'],
    ['lying on its side', (image) => image.withMetadata({ orientation: 6 }).jpeg(), 'image/jpeg'],
  ])('takes an input that is %s', async (kind, convert, mimeType) => {
    const bytes = await convert(sharp(photo)).toBuffer();
    const [edit, masked] = await Promise.all([
      draw(requestOf({ images: [{ mimeType, bytes }] })),
      draw(requestOf({ images: [{ mimeType, bytes }, png(await maskOf())] })),
    ]);
    for (const picture of [edit, masked]) {
      expect(await sharp(picture).metadata()).toMatchObject({
        format: 'jpeg',
        space: 'srgb',
        channels: 3,
        width: kind === 'lying on its side' ? 848 : 1264,
      });
    }
  });

  it('accepts as many inputs as the model', async () => {
    const bytes = await plain(64, 64, '#208020');
    const images = Array.from({ length: 14 }, () => png(bytes));
    const picture = await draw(requestOf({ images, aspectRatio: '1:1' }));
    expect(await sharp(picture).metadata()).toMatchObject({ width: 1024, height: 1024 });
  });

  it.each<[string, Stage]>([
    ['the final picture', 'final'],
    ['a draft', 'sketch'],
  ])('says when an input cannot be decoded, for %s', async (_, stage) => {
    const whole = await plain(64, 64, '#208020');
    const half = png(whole.subarray(0, 60));
    const heic = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), whole]);
    const inputs = [[half], [png(whole), half], [{ mimeType: 'image/heic', bytes: heic }]];
    for (const images of inputs) {
      const broken = draw(requestOf({ images }), 'n', stage);
      await expect(broken).rejects.toBeInstanceOf(UnreadableImage);
    }
  });
});

describe('the queue', () => {
  it('draws nothing for an aborted call, and continues with the others', async () => {
    const gone = new AbortController();
    gone.abort();
    const request = smallOf();
    const left = renderer.draw({ request, nonce: 'x', stage: 'final', signal: gone.signal });
    const stayed = Array.from({ length: 5 }, (_, index) => draw(request, String(index)));
    await expect(left).rejects.toThrow();
    await expect(Promise.all(stayed)).resolves.toHaveLength(5);
  });
});
