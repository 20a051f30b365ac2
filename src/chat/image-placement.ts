import type { AppConfig } from '../config/app-config';

/** Where a response has its images: in `images`, in the text as markdown, or in both. */
export type ImagePlacement = 'images' | 'markdown' | 'both';

interface ImageReader {
  readonly client: string;
  readonly userAgent: RegExp;
  /** The source code that reads `images`. */
  readonly source: string;
}

/**
 * Programs that read `images`, and would show or store the image twice if it were in the text as
 * well. Programs that send `modalities` or an `image_config` (Roo Code, Kilo Code, LobeHub) read it
 * too, and need not be listed.
 */
export const IMAGE_READERS: readonly ImageReader[] = [
  {
    client: 'Open WebUI',
    userAgent: /\baiohttp\//i,
    source:
      'open-webui 0.12.4, backend/open_webui/utils/middleware.py: get_image_urls of delta.images',
  },
  {
    client: 'Cherry Studio',
    userAgent: /\bCherryStudio\b/i,
    source:
      'CherryHQ/cherry-studio, src/renderer/src/aiCore/legacy/clients/openai/OpenAIApiClient.ts: contentSource.images',
  },
  {
    client: '@openrouter/ai-sdk-provider',
    userAgent: /\bai-sdk\/openrouter\//i,
    source:
      '@openrouter/ai-sdk-provider 2.10.0, dist/index.js: images of the delta as files (`streamText`)',
  },
];

/** @param asksForImages whether the request has `modalities` or an `image_config` */
export function imagePlacement(
  mode: AppConfig['chat']['images'],
  asksForImages: boolean,
  userAgent: string | undefined,
): ImagePlacement {
  if (mode !== 'auto') {
    return mode;
  }
  const isReader =
    asksForImages || IMAGE_READERS.some((reader) => reader.userAgent.test(userAgent ?? ''));
  return isReader ? 'images' : 'both';
}
