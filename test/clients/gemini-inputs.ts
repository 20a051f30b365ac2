import { createHash } from 'node:crypto';
import type { RunningEasel } from '../running-easel';

interface GeminiBody {
  readonly contents: readonly { readonly parts: readonly Part[] }[];
}

interface Part {
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
}

/** The images of the latest call to Gemini, each as `asInput` writes it. */
export function inputsOf({ emulator }: RunningEasel): readonly string[] {
  const body = emulator.requests.at(-1)?.body as GeminiBody | undefined;
  return (body?.contents[0]?.parts ?? []).flatMap(({ inlineData: image }) =>
    image === undefined ? [] : asInput(Buffer.from(image.data, 'base64'), image.mimeType),
  );
}

/** An image's type and a digest of its bytes: short enough to read where a test fails. */
export function asInput(bytes: Buffer, mimeType: string): string {
  return `${mimeType} ${createHash('sha256').update(bytes).digest('hex')}`;
}
