/**
 * The instruction for a prompt whose last image is the first one again, with marks over it. Without
 * it, a model treats the marks as part of the image and paints them too.
 *
 * @param imageCount how many images the client sent, without the marked one, which is the next
 */
export function markupInstruction(imageCount: number): string {
  const marked = `Image ${imageCount + 1}`;
  return [
    `${marked} is image 1 once more, with marks drawn over it.`,
    'The marks only point at the places that the request is about, and words among them belong to the request.',
    'Make the change to image 1 at these places.',
    'Do not show the marks themselves.',
  ].join(' ');
}
