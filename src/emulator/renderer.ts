import { pixelsOf } from './pixel-table';
import type { Stage } from './drawing/draft';
import { requireReadable, uprightSize } from './drawing/input-pixels';
import { drawPicture } from './drawing/picture';
import { plainImage } from './drawing/plain';
import type { EmulatorModel } from './emulator-models';
import type { InputImage } from './input-image';
import type { AcceptedRequest } from './request-check';

/**
 * The maximum number of pictures drawn at the same time: a 4K one takes a few hundred megabytes
 * meanwhile.
 */
const DRAWN_AT_ONCE = 2;

/**
 * How elaborate a picture is: `plain` is one colour, for tests that check only size and format;
 * `detailed` is as large in bytes as Google's pictures.
 */
export type Drawing = 'plain' | 'pictures' | 'detailed';

/** A picture that a call needs. */
interface DrawJob {
  readonly request: AcceptedRequest;
  /** The same request and nonce give the same picture. */
  readonly nonce: string;
  /** Pictures before the final one are 1K at most. */
  readonly stage: Stage;
  /** Aborted when the picture is no longer needed. */
  readonly signal: AbortSignal;
}

/** Draws the pictures of requests, a few at a time; the others are queued. */
export class Renderer {
  private busy = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly drawing: Drawing = 'pictures') {}

  /**
   * @returns an encoded image of exactly the pixel size in Google's table
   * @throws {UnreadableImage} if an input image cannot be decoded; the signal's reason if aborted
   */
  async draw(job: DrawJob): Promise<Buffer> {
    if (this.busy >= DRAWN_AT_ONCE) {
      await new Promise<void>((resolve) => this.line.push(resolve));
    } else {
      this.busy += 1;
    }
    try {
      job.signal.throwIfAborted();
      return await drawRequest(job, this.drawing);
    } finally {
      const next = this.line.shift();
      if (next === undefined) {
        this.busy -= 1;
      } else {
        // The slot is handed over rather than released, so that no other job can take it in
        // between.
        next();
      }
    }
  }
}

async function drawRequest(job: DrawJob, drawing: Drawing): Promise<Buffer> {
  const { request, nonce, stage } = job;
  const { model, images, imageSize } = request;
  const ratio = request.aspectRatio ?? (await ratioOf(model, images[0]));
  const tier = stage === 'final' || imageSize === '512' ? imageSize : '1K';
  const size = pixelsOf(model.id, ratio, tier);
  const canvas = pixelsOf(model.id, ratio, '1K');
  if (size === undefined || canvas === undefined) {
    throw new Error(`${model.id} has no pixels for ${ratio} at ${tier}`);
  }
  if (drawing === 'plain') {
    await Promise.all(images.map(({ bytes }) => requireReadable(bytes)));
    const { mimeType } = model;
    return plainImage({ ...size, mimeType, comment: `${nonce} ${stage}` });
  }
  return drawPicture({
    prompt: request.prompt === '' ? '(no prompt)' : request.prompt,
    facts: [model.id, `${ratio} · ${tier} · ${size.width}×${size.height}`],
    canvas,
    ...size,
    mimeType: model.mimeType,
    nonce,
    inputs: images.map(({ bytes }) => bytes),
    stage,
    detailed: drawing === 'detailed',
  });
}

/** Without an aspectRatio Gemini follows the first input image, or makes a square. */
async function ratioOf(model: EmulatorModel, image: InputImage | undefined): Promise<string> {
  if (image === undefined) {
    return '1:1';
  }
  const { width, height } = await uprightSize(image.bytes);
  const distance = (ratio: string): number => {
    const [across = 1, down = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log((width / height) * (down / across)));
  };
  const [nearest = '1:1'] = [...model.ratios].sort((a, b) => distance(a) - distance(b));
  return nearest;
}
