export interface GridItem {
  /** Width by height. */
  readonly ratio: number;
  /** What stands above its rows; consecutive items of one group share them. */
  readonly group: string;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Of the picture alone; its caption is below. */
  readonly height: number;
  /** The group's name where a group begins. */
  readonly heading: string | undefined;
}

export interface GridRules {
  readonly width: number;
  readonly target: number;
  readonly gap: number;
  readonly captionHeight: number;
  readonly headingHeight: number;
  readonly top: number;
  /** What the buttons below a picture need; the picture itself may be narrower. */
  readonly minWidth: number;
}

export interface Grid {
  readonly boxes: readonly Box[];
  readonly height: number;
}

const LARGEST = 1.35;
const ROW_GAP = 14;

/** Rows that fill the width, in reading order; the last of a group is not stretched. Nothing is cropped. */
export function justifiedRows(items: readonly GridItem[], rules: GridRules): Grid {
  const boxes: Box[] = [];
  let top = rules.top;
  let row: GridItem[] = [];
  let heading: string | undefined;

  const close = (isFull: boolean) => {
    if (row.length === 0) {
      return;
    }
    const filling = fillingHeight(row, rules);
    const height = isFull
      ? Math.min(filling, rules.target * LARGEST)
      : Math.min(filling, rules.target);
    let left = 0;
    row.forEach(({ ratio }, index) => {
      const width = height * ratio;
      boxes.push({ left, top, width, height, heading: index === 0 ? heading : undefined });
      left += Math.max(width, rules.minWidth) + rules.gap;
    });
    top += height + rules.captionHeight + ROW_GAP;
    heading = undefined;
    row = [];
  };

  items.forEach((item, index) => {
    if (item.group !== items[index - 1]?.group) {
      close(false);
      heading = item.group;
      top += item.group === '' ? 0 : rules.headingHeight;
    }
    if (rules.minWidth * (row.length + 1) + rules.gap * row.length > rules.width) {
      close(true);
    }
    row.push(item);
    const width = row.reduce(
      (sum, { ratio }) => sum + Math.max(ratio * rules.target, rules.minWidth),
      0,
    );
    if (width + rules.gap * (row.length - 1) >= rules.width) {
      close(true);
    }
  });
  close(false);
  return { boxes, height: Math.max(0, top - ROW_GAP) };
}

/** The height at which a row is as wide as there is room. */
function fillingHeight(row: readonly GridItem[], { width, gap, minWidth }: GridRules): number {
  let wide = row;
  for (;;) {
    const narrow = row.length - wide.length;
    const room = width - gap * (row.length - 1) - narrow * minWidth;
    const height = room / wide.reduce((sum, { ratio }) => sum + ratio, 0);
    const stillWide = wide.filter(({ ratio }) => ratio * height >= minWidth);
    if (stillWide.length === wide.length || stillWide.length === 0) {
      return height;
    }
    wide = stillWide;
  }
}

export interface RunRules {
  readonly width: number;
  readonly minWidth: number;
  readonly gap: number;
  readonly captionHeight: number;
  /** The height that a single picture may have. */
  readonly tallest: number;
  readonly isNarrow: boolean;
}

/** The newest run: all frames of one ratio, and large. */
export function runFrames(count: number, ratio: number, rules: RunRules): Grid {
  const most = Math.max(1, Math.floor((rules.width + rules.gap) / (rules.minWidth + rules.gap)));
  const columns = Math.min(most, columnsOf(count, ratio, rules.isNarrow));
  const filling = (rules.width - rules.gap * (columns - 1)) / columns;
  const width = Math.min(filling, rules.tallest * ratio);
  const height = width / ratio;
  const boxes = Array.from({ length: count }, (_, index) => ({
    left: (index % columns) * (Math.max(width, rules.minWidth) + rules.gap),
    top: Math.floor(index / columns) * (height + rules.captionHeight + rules.gap),
    width,
    height,
    heading: undefined,
  }));
  const rows = Math.ceil(count / columns);
  return { boxes, height: rows * (height + rules.captionHeight) + (rows - 1) * rules.gap };
}

function columnsOf(count: number, ratio: number, isNarrow: boolean): number {
  if (isNarrow || count === 1) {
    return 1;
  }
  if (ratio < 1) {
    return Math.min(count, 5);
  }
  return count === 2 || count === 4 ? 2 : 3;
}

/** Where an arrow leads from a box: the nearest one in that direction, by geometry. */
export function neighbour(boxes: readonly Box[], from: number, key: string): number {
  const here = boxes[from];
  if (key === 'Home' || key === 'End') {
    return key === 'Home' ? 0 : boxes.length - 1;
  }
  if (here === undefined || key === 'ArrowLeft' || key === 'ArrowRight') {
    const next = from + (key === 'ArrowRight' ? 1 : -1);
    return Math.min(boxes.length - 1, Math.max(0, next));
  }
  const middle = here.left + here.width / 2;
  const isBeyond = (box: Box) =>
    key === 'ArrowDown' ? box.top >= here.top + here.height : box.top + box.height <= here.top;
  const distance = (box: Box) =>
    Math.abs(box.top - here.top) * 1000 + Math.abs(box.left + box.width / 2 - middle);
  const candidates = boxes
    .map((box, index) => ({ box, index }))
    .filter(({ box }) => isBeyond(box))
    .sort((one, other) => distance(one.box) - distance(other.box));
  return candidates[0]?.index ?? from;
}
