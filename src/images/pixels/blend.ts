import { setImmediate as nextTurn } from 'node:timers/promises';

/** One or two milliseconds of blending, so that the event loop is never blocked for long. */
const PIXELS_PER_TURN = 64 * 1024;
const OPAQUE = 255;

export interface Blend {
  /** The original's pixels, row by row without gaps; the result is written into them. */
  readonly canvas: Buffer;
  /** The model's pixels, in the same number and layout. */
  readonly generated: Buffer;
  /** The mask's alpha, one byte per pixel: 255 keeps the original, 0 takes the model's pixel. */
  readonly alpha: Buffer;
  /** RGB or RGBA, not premultiplied. */
  readonly channels: 3 | 4;
}

/**
 * Blends the model's pixels over the original's where the mask is not opaque. Where it is opaque no
 * byte is written, so nothing can change there, not even the colour of an invisible pixel; libvips'
 * own compositing premultiplies and loses that. It yields the event loop at intervals.
 *
 * Rejects with the signal's reason if it is aborted.
 */
export async function blendInPlace(blend: Blend, signal?: AbortSignal): Promise<void> {
  const blendPart = blend.channels === 3 ? blendOpaque : blendTransparent;
  for (let from = 0; from < blend.alpha.length; from += PIXELS_PER_TURN) {
    if (from > 0) {
      await nextTurn();
    }
    signal?.throwIfAborted();
    blendPart(blend, from, Math.min(from + PIXELS_PER_TURN, blend.alpha.length));
  }
}

function blendOpaque({ canvas, generated, alpha }: Blend, from: number, to: number): void {
  for (let pixel = from; pixel < to; pixel += 1) {
    const keep = alpha[pixel] ?? OPAQUE;
    if (keep === OPAQUE) {
      continue;
    }
    const end = pixel * 3 + 3;
    for (let at = pixel * 3; at < end; at += 1) {
      const mixed = keep * (canvas[at] ?? 0) + (OPAQUE - keep) * (generated[at] ?? 0);
      canvas[at] = Math.round(mixed / OPAQUE);
    }
  }
}

/** Weights colours by their alpha, or the hidden colour of transparent pixels would bleed in. */
function blendTransparent({ canvas, generated, alpha }: Blend, from: number, to: number): void {
  for (let pixel = from; pixel < to; pixel += 1) {
    const keep = alpha[pixel] ?? OPAQUE;
    if (keep === OPAQUE) {
      continue;
    }
    const end = pixel * 4 + 3;
    const seenOriginal = keep * (canvas[end] ?? 0);
    const seenResponse = (OPAQUE - keep) * (generated[end] ?? 0);
    const seen = seenOriginal + seenResponse;
    for (let at = pixel * 4; seen > 0 && at < end; at += 1) {
      const mixed = seenOriginal * (canvas[at] ?? 0) + seenResponse * (generated[at] ?? 0);
      canvas[at] = Math.round(mixed / seen);
    }
    canvas[end] = Math.round(seen / OPAQUE);
  }
}
