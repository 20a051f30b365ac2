import { maskInstruction } from './mask-instruction';

describe('maskInstruction', () => {
  it.each([
    [1, 'Image 2'],
    [2, 'Image 3'],
    [13, 'Image 14'],
  ])('after %i images calls the mask %s', (imageCount, mask) => {
    expect(maskInstruction(imageCount)).toBe(
      `${mask} is not a picture to draw from but a mask for image 1, of the same size. ` +
        'Make the change only where the mask is white. ' +
        'Where the mask is black, leave image 1 exactly as it is; where it is grey, let one pass softly into the other. ' +
        'Answer with the whole of image 1, edited, in the same framing, scale and position, so that both lie exactly over each other. ' +
        'Do not show the mask itself.',
    );
  });
});
