import { brushSize, fit, maskAlpha, moveRing, onPicture, zoomAt } from './geometry';

const PICTURE = { width: 1376, height: 768 };

it.each([
  [
    { width: 688, height: 800 },
    { scale: 0.5, x: 0, y: 208 },
  ],
  [
    { width: 2000, height: 1000 },
    { scale: 1, x: 312, y: 116 },
  ],
])('a picture fits into %j', (room, expected) => {
  expect(fit(PICTURE, room)).toEqual(expected);
});

it('finds a point of the screen on the picture, outside of it too', () => {
  const placement = { scale: 0.5, x: 100, y: 50 };
  expect(onPicture({ x: 200, y: 100 }, placement)).toEqual({ x: 200, y: 100 });
  expect(onPicture({ x: 90, y: 40 }, placement)).toEqual({ x: -20, y: -20 });
});

it.each([2, 0.1, 100])('a zoom by %p leaves the place under the pointer', (factor) => {
  const at = { x: 300, y: 200 };
  const before = { scale: 0.5, x: 100, y: 50 };
  const after = zoomAt(before, at, factor, [0.2, 8]);
  const [one, other] = [onPicture(at, before), onPicture(at, after)];
  expect(other.x).toBeCloseTo(one.x);
  expect(other.y).toBeCloseTo(one.y);
  expect(after.scale).toBe(Math.min(8, Math.max(0.2, 0.5 * factor)));
});

it.each([
  [3, 8],
  [84.4, 84],
  [1000, 400],
])('a brush of %p is %i pixels wide', (size, expected) => {
  expect(brushSize(size)).toBe(expected);
});

it.each([
  ['ArrowRight', { x: 110, y: 5 }],
  ['ArrowUp', { x: 100, y: 0 }],
  ['a', { x: 100, y: 5 }],
])('%s moves the ring, and not off the picture', (key, expected) => {
  expect(moveRing({ x: 100, y: 5 }, key, 10, PICTURE)).toEqual(expected);
});

it.each([
  [255, 0],
  [128, 0],
  [127, 255],
  [0, 255],
])('what is painted with alpha %i is sent with %i', (painted, expected) => {
  expect(maskAlpha(painted)).toBe(expected);
});
