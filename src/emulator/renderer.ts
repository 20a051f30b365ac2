import { pixelsOf } from './pixel-table';
import type { Stage } from './drawing/draft';
import { requireReadable, uprightSize } from './drawing/input-pixels';
import { drawPicture } from './drawing/picture';
import { plainImage } from './drawing/plain';
import type { EmulatorModel } from './emulator-models';
import type { InputImage } from './input-image';
import type { AcceptedRequest } from './request-check';

/** Pictures drawn at the same time: a 4K one holds a few hundred megabytes while it is drawn. */
const DRAWN_AT_ONCE = 2;

/**
 * How much work goes into a picture: `plain` is one colour, for those who look at its size and format
 * only; `detailed` has as many bytes as Google's pictures have.
 */
export type Drawing = 'plain' | 'pictures' | 'detailed';

/** A picture wanted by a call. */
interface DrawJob {
  readonly request: AcceptedRequest;
  /** The same request and nonce give the same picture. */
  readonly nonce: string;
  /** Before the final one a picture is 1K at most. */
  readonly stage: Stage;
  /** Aborted when the picture is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Draws the picture of a request, a few at a time; the rest wait in line. */
export class Renderer {
  private busy = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly drawing: Drawing = 'pictures') {}

  /**
   * @returns an encoded image of exactly the pixels in Google's table
   * @throws {UnreadableImage} when an input image cannot be decoded; the signal's reason when aborted
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
        // The place is handed on, not given back, so that no other job can take it in between.
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
