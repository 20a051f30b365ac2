/**
 * The instruction for a prompt whose last image is a mask for the first. Gemini has no mask
 * parameter, and treats the bare image of a mask as a reference image. Keeping the framing matters
 * as much as keeping inside the mask: the result is composed over the first image pixel by pixel,
 * and a shifted scene would not match at the mask's edge.
 *
 * `imageCount` is how many images the client sent, without the mask, which is the next one.
 */
export function maskInstruction(imageCount: number): string {
  const mask = `Image ${imageCount + 1}`;
  return [
    `${mask} is not a picture to draw from but a mask for image 1, of the same size.`,
    'Make the change only where the mask is white.',
    'Where the mask is black, leave image 1 exactly as it is; where it is grey, let one pass softly into the other.',
    'Answer with the whole of image 1, edited, in the same framing, scale and position, so that both lie exactly over each other.',
    'Do not show the mask itself.',
  ].join(' ');
}
