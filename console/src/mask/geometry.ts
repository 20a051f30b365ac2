export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the picture lies in the editor, in pixels of the screen. */
export interface Placement extends Point {
  /** Pixels of the screen for one of the picture. */
  readonly scale: number;
}

/** The whole picture in the middle of the room, never larger than its own pixels. */
export function fit(picture: Size, room: Size): Placement {
  const scale = Math.min(1, room.width / picture.width, room.height / picture.height);
  return {
    scale,
    x: (room.width - picture.width * scale) / 2,
    y: (room.height - picture.height * scale) / 2,
  };
}

/** A point of the screen on the picture; it may lie outside, for a stroke goes on there. */
export function onPicture(point: Point, { x, y, scale }: Placement): Point {
  return { x: (point.x - x) / scale, y: (point.y - y) / scale };
}

/** Nearer or farther, with the place under the pointer staying where it is. */
export function zoomAt(
  placement: Placement,
  at: Point,
  factor: number,
  limits: readonly [number, number],
): Placement {
  const scale = Math.min(limits[1], Math.max(limits[0], placement.scale * factor));
  const ratio = scale / placement.scale;
  return {
    scale,
    x: at.x - (at.x - placement.x) * ratio,
    y: at.y - (at.y - placement.y) * ratio,
  };
}

export const BRUSH_SIZES = [8, 400] as const;

export function brushSize(size: number): number {
  return Math.round(Math.min(BRUSH_SIZES[1], Math.max(BRUSH_SIZES[0], size)));
}

/** How an arrow moves the ring, with its end inside the picture. */
export function moveRing(at: Point, key: string, step: number, picture: Size): Point {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
    key
  ] ?? [0, 0];
  const clamp = (value: number, max: number) => Math.min(max, Math.max(0, value));
  return {
    x: clamp(at.x + (dx ?? 0) * step, picture.width),
    y: clamp(at.y + (dy ?? 0) * step, picture.height),
  };
}

/** Alpha of the mask that is sent, for the alpha that was painted: a hard edge, transparent where painted. */
export function maskAlpha(painted: number): number {
  return painted >= 128 ? 0 : 255;
}
