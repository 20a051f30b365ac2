import { createHash } from 'node:crypto';
import sharp from 'sharp';

/**
 * The size of an image as base64, in bytes, which a gateway has to relay. The JPEG itself is three
 * quarters of that.
 */
export const PAYLOAD_BYTES = {
  '60kb': 60_000,
  '1.5mb': 1_500_000,
  '5mb': 5_000_000,
  '16mb': 16_000_000,
} as const;

export type PayloadSize = keyof typeof PAYLOAD_BYTES;

export const PAYLOAD_SIZES = Object.keys(PAYLOAD_BYTES) as readonly PayloadSize[];

export function isPayloadSize(text: string): text is PayloadSize {
  return (PAYLOAD_SIZES as readonly string[]).includes(text);
}

/**
 * The prompt that makes the upstream respond with an image of that size, through any contestant.
 */
export function promptFor(size: PayloadSize): string {
  return `a picture of noise [payload ${size}]`;
}

/** The size that a request's body asks for; undefined if it names none. */
export function sizeIn(body: string): PayloadSize | undefined {
  const named = /\[payload ([\d.]+[km]b)\]/.exec(body)?.[1];
  return named !== undefined && isPayloadSize(named) ? named : undefined;
}

export function digestOf(base64: string): string {
  return createHash('sha256').update(base64).digest('hex');
}

/** A valid JPEG of noise whose base64 has exactly the required length. */
export async function jpegOf(size: PayloadSize): Promise<Buffer> {
  const wanted = (PAYLOAD_BYTES[size] / 4) * 3;
  const sample = await noise(256);
  // A little too small, so that the rest can be padded.
  let side = Math.floor(256 * Math.sqrt((wanted / sample.length) * 0.97));
  let jpeg = await noise(side);
  while (jpeg.length + COMMENT_HEAD_BYTES > wanted) {
    side = Math.floor(side * 0.97);
    jpeg = await noise(side);
  }
  return filledUp(jpeg, wanted);
}

function noise(side: number): Promise<Buffer> {
  return sharp({
    create: {
      width: side,
      height: side,
      channels: 3,
      background: 'gray',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .jpeg({ quality: 90 })
    .toBuffer();
}

const COMMENT_HEAD_BYTES = 4;
const LONGEST_COMMENT_BYTES = 65_535 + 2;
const END_OF_IMAGE_BYTES = 2;

/** Inserts comment segments before the end of the image, which decoders skip. */
function filledUp(jpeg: Buffer, wanted: number): Buffer {
  const comments: Buffer[] = [];
  for (let left = wanted - jpeg.length; left > 0;) {
    let length = Math.min(left, LONGEST_COMMENT_BYTES);
    if (left > length && left - length < COMMENT_HEAD_BYTES) {
      // The rest must be long enough for another comment.
      length -= COMMENT_HEAD_BYTES;
    }
    const comment = Buffer.alloc(length, 'x');
    comment.writeUInt16BE(0xfffe, 0);
    comment.writeUInt16BE(length - 2, 2);
    comments.push(comment);
    left -= length;
  }
  const end = jpeg.length - END_OF_IMAGE_BYTES;
  return Buffer.concat([jpeg.subarray(0, end), ...comments, jpeg.subarray(end)]);
}

/** Gemini's response with that image, with Google's members and layout: it pretty-prints. */
export function geminiResponse(base64: string): Buffer {
  return Buffer.from(
    `${JSON.stringify(
      {
        candidates: [
          {
            content: {
              parts: [
                {
                  inlineData: { mimeType: 'image/jpeg', data: base64 },
                  thoughtSignature: Buffer.alloc(420, 'signature').toString('base64'),
                },
              ],
              role: 'model',
            },
            finishReason: 'STOP',
            index: 0,
          },
        ],
        usageMetadata: {
          promptTokenCount: 12,
          candidatesTokenCount: 1332,
          totalTokenCount: 1481,
          promptTokensDetails: [{ modality: 'TEXT', tokenCount: 12 }],
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
          thoughtsTokenCount: 137,
        },
        modelVersion: 'gemini-3-pro-image',
        responseId: 'Yk1yaZrAEtWQkdUPr5eG8QI',
      },
      undefined,
      2,
    )}\n`,
  );
}
