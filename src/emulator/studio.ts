import sharp from 'sharp';

import { pixelsOf } from '../mapping/pixel-table';
import { drawPicture } from './drawing/picture';
import type { EmulatorModel } from './emulator-models';
import type { InputImage } from './input-image';
import type { AcceptedRequest } from './request-check';

/** Pictures drawn at the same time: a 4K one holds a few hundred megabytes while it is drawn. */
const DRAWN_AT_ONCE = 2;

/** A picture wanted by a call. */
interface Commission {
  readonly request: AcceptedRequest;
  /** The same request and nonce give the same picture. */
  readonly nonce: string;
  /** A draft is always 1K. */
  readonly draft: boolean;
  /** Aborted when nobody waits for the picture any more. */
  readonly signal: AbortSignal;
}

/** Draws the picture of a request, a few at a time; the rest wait in line. */
export class Studio {
  private busy = 0;
  private readonly line: (() => void)[] = [];

  /**
   * @returns an encoded image of exactly the pixels in Google's table
   * @throws {UnreadableImage} when an input image cannot be decoded; the signal's reason when aborted
   */
  async draw(commission: Commission): Promise<Buffer> {
    if (this.busy >= DRAWN_AT_ONCE) {
      await new Promise<void>((resolve) => this.line.push(resolve));
    } else {
      this.busy += 1;
    }
    try {
      commission.signal.throwIfAborted();
      return await drawRequest(commission);
    } finally {
      const next = this.line.shift();
      if (next === undefined) {
        this.busy -= 1;
      } else {
        // The place is handed on, not given back: nobody can slip in between.
        next();
      }
    }
  }
}

async function drawRequest({ request, nonce, draft }: Commission): Promise<Buffer> {
  const { model, images } = request;
  const ratio = request.aspectRatio ?? (await ratioOf(model, images[0]));
  const tier = draft ? '1K' : request.imageSize;
  const size = pixelsOf(model.id, ratio, tier);
  const canvas = pixelsOf(model.id, ratio, '1K');
  if (size === undefined || canvas === undefined) {
    throw new Error(`${model.id} has no pixels for ${ratio} at ${tier}`);
  }
  const source = images.length === 1 ? ['from 1 image'] : [`from ${images.length} images`];
  return drawPicture({
    prompt: request.prompt === '' ? '(no prompt)' : request.prompt,
    facts: [
      model.id,
      `${ratio} · ${tier} · ${size.width}×${size.height}`,
      ...(images.length === 0 ? [] : source),
      ...(draft ? ['draft'] : []),
      'Gemini emulator',
    ],
    canvas,
    ...size,
    mimeType: model.mimeType,
    nonce,
    inputs: images.filter(isDecodable).map(({ bytes }) => bytes),
    draft,
  });
}

/** There is no HEIC decoder in sharp's own build; such an input counts, but is not seen. */
function isDecodable({ mimeType }: InputImage): boolean {
  return mimeType !== 'image/heic' && mimeType !== 'image/heif';
}

/** Without an aspectRatio Gemini follows the first input image, or makes a square. */
async function ratioOf(model: EmulatorModel, image: InputImage | undefined): Promise<string> {
  if (image === undefined || !isDecodable(image)) {
    return '1:1';
  }
  const shape = await shapeOf(image.bytes);
  const distance = (ratio: string): number => {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log(shape / (width / height)));
  };
  const [nearest = '1:1'] = [...model.ratios].sort((a, b) => distance(a) - distance(b));
  return nearest;
}

/** Width by height, the way up it is meant to be seen; 1 when the header cannot be read. */
async function shapeOf(bytes: Buffer): Promise<number> {
  try {
    const { autoOrient } = await sharp(bytes).metadata();
    return autoOrient.width / autoOrient.height;
  } catch {
    return 1;
  }
}
