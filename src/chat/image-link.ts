import { JsonBlob } from '../json/json-blob';
import type { GeneratedImage } from '../images/generated-image';

/** An image as a data URI: programs that read `images` take nothing else for one. */
export function imageUri({ data, header }: GeneratedImage): JsonBlob {
  return data.withPrefix(`data:${header.mimeType};base64,`);
}

/**
 * An image as text has it.
 *
 * @param url of the hosted image; a data URI where there is none
 */
export function markdownImage(image: GeneratedImage, url: string | undefined): JsonBlob {
  return JsonBlob.join([
    new JsonBlob([Buffer.from('![image](')], true),
    url === undefined ? imageUri(image) : JsonBlob.from(Buffer.from(url)),
    new JsonBlob([Buffer.from(')')], true),
  ]);
}
