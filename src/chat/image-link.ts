import { JsonBlob } from '../json/json-blob';
import type { GeneratedImage } from '../images/generated-image';

/** An image as a data URI: programs that read `images` take nothing else for one. */
export function imageUri({ data, header }: GeneratedImage): JsonBlob {
  return data.withPrefix(`data:${header.mimeType};base64,`);
}

/** The link of a markdown image: the one place that chooses its URL. */
function markdownUrl(image: GeneratedImage): JsonBlob {
  return imageUri(image);
}

/** An image as text has it. */
export function markdownImage(image: GeneratedImage): JsonBlob {
  return JsonBlob.join([
    new JsonBlob([Buffer.from('![image](')], true),
    markdownUrl(image),
    new JsonBlob([Buffer.from(')')], true),
  ]);
}
