/** What Gemini's image models draw at 1K, by ratio; 2K and 4K are two and four times as wide. Google's table. */
const AT_1K: Readonly<Record<string, readonly [number, number]>> = {
  '1:1': [1024, 1024],
  '2:3': [848, 1264],
  '3:2': [1264, 848],
  '3:4': [896, 1200],
  '4:3': [1200, 896],
  '4:5': [928, 1152],
  '5:4': [1152, 928],
  '9:16': [768, 1376],
  '16:9': [1376, 768],
  '21:9': [1584, 672],
};
const TIMES: Readonly<Record<string, number>> = { '1K': 1, '2K': 2, '4K': 4 };

/** `2752 × 1536`; empty for what the table does not have. */
export function pixels(ratio: string, resolution: string): string {
  const base = AT_1K[ratio === '' ? '1:1' : ratio];
  const times = TIMES[resolution === '' ? '1K' : resolution];
  return base === undefined || times === undefined ? '' : `${base[0] * times} × ${base[1] * times}`;
}

export function ratioNumber(ratio: string): number {
  const [width, height] = ratio.split(':').map(Number);
  return width && height ? width / height : 1;
}

/** Wide to tall, as the tiles stand. */
export function byWidth(ratios: readonly string[]): readonly string[] {
  return [...ratios].sort((one, other) => ratioNumber(other) - ratioNumber(one));
}

/** The ratio of the list that is nearest to a picture, as Easel itself measures it. */
export function nearestRatio(width: number, height: number, ratios: readonly string[]): string {
  const distance = (ratio: string) => Math.abs(Math.log(width / height / ratioNumber(ratio)));
  return [...ratios].sort((one, other) => distance(one) - distance(other))[0] ?? '1:1';
}

/** Sides of the little shape on a tile; all have the same area. */
export function shapeOf(ratio: string, area = 260): { width: number; height: number } {
  const value = ratioNumber(ratio);
  return {
    width: Math.round(Math.sqrt(area * value)),
    height: Math.round(Math.sqrt(area / value)),
  };
}
