/** Width and height in pixels. */
interface PixelSize {
  readonly width: number;
  readonly height: number;
}

type Pair = readonly [width: number, height: number];

interface Row {
  readonly '512': Pair;
  readonly '1K': Pair;
}

/**
 * The pixel sizes that Google documents for the Gemini 3.x image models, the same for all of them
 * if they support the size. Only two columns are listed: 2K is exactly twice 1K, and 4K four times.
 * Google's page gives 792x168 for 21:9 at 512, which is not 21:9; half of 1K is 792x336.
 */
const GEMINI_3: ReadonlyMap<string, Row> = new Map(
  Object.entries({
    '1:1': { '512': [512, 512], '1K': [1024, 1024] },
    '1:4': { '512': [256, 1024], '1K': [512, 2048] },
    '1:8': { '512': [192, 1536], '1K': [384, 3072] },
    '2:3': { '512': [424, 632], '1K': [848, 1264] },
    '3:2': { '512': [632, 424], '1K': [1264, 848] },
    '3:4': { '512': [448, 600], '1K': [896, 1200] },
    '4:1': { '512': [1024, 256], '1K': [2048, 512] },
    '4:3': { '512': [600, 448], '1K': [1200, 896] },
    '4:5': { '512': [464, 576], '1K': [928, 1152] },
    '5:4': { '512': [576, 464], '1K': [1152, 928] },
    '8:1': { '512': [1536, 192], '1K': [3072, 384] },
    '9:16': { '512': [384, 688], '1K': [768, 1376] },
    '16:9': { '512': [688, 384], '1K': [1376, 768] },
    '21:9': { '512': [792, 336], '1K': [1584, 672] },
  } satisfies Record<string, Row>),
);

/** `gemini-2.5-flash-image` has its own table and only one size. */
const GEMINI_2_5: ReadonlyMap<string, Pair> = new Map(
  Object.entries({
    '1:1': [1024, 1024],
    '2:3': [832, 1248],
    '3:2': [1248, 832],
    '3:4': [864, 1184],
    '4:3': [1184, 864],
    '4:5': [896, 1152],
    '5:4': [1152, 896],
    '9:16': [768, 1344],
    '16:9': [1344, 768],
    '21:9': [1536, 672],
  } satisfies Record<string, Pair>),
);

/**
 * The exact pixel size of an image that a Gemini model makes.
 * @param model bare model id
 * @param aspectRatio e.g. `16:9`
 * @param imageSize `512`, `1K`, `2K` or `4K`; `1K` is Gemini's default
 * @returns undefined for a ratio or size that is not in the tables. Whether a model supports a size
 * of the 3.x table is not checked here.
 */
export function pixelsOf(
  model: string,
  aspectRatio: string,
  imageSize = '1K',
): PixelSize | undefined {
  if (model.startsWith('gemini-2.5-')) {
    return imageSize === '1K' ? sized(GEMINI_2_5.get(aspectRatio), 1) : undefined;
  }
  const row = GEMINI_3.get(aspectRatio);
  switch (imageSize) {
    case '512':
      return sized(row?.['512'], 1);
    case '1K':
      return sized(row?.['1K'], 1);
    case '2K':
      return sized(row?.['1K'], 2);
    case '4K':
      return sized(row?.['1K'], 4);
    default:
      return undefined;
  }
}

function sized(pair: Pair | undefined, factor: number): PixelSize | undefined {
  return pair === undefined ? undefined : { width: pair[0] * factor, height: pair[1] * factor };
}
