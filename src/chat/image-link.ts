import { JsonBlob } from '../json/json-blob';
import type { GeneratedImage } from '../images/generated-image';

/** An image as a data URI: programs that read `images` expect nothing else. */
export function imageUri({ data, header }: GeneratedImage): JsonBlob {
  return data.withPrefix(`data:${header.mimeType};base64,`);
}

/**
 * An image as markdown.
 *
 * @param url of the hosted image; a data URI is used if there is none
 */
export function markdownImage(image: GeneratedImage, url: string | undefined): JsonBlob {
  return JsonBlob.join([
    new JsonBlob([Buffer.from('![image](')], true),
    url === undefined ? imageUri(image) : JsonBlob.from(Buffer.from(url)),
    new JsonBlob([Buffer.from(')')], true),
  ]);
}
