import { maskAlpha, type Point, type Size } from './geometry';

interface Stroke {
  readonly kind: 'stroke';
  readonly points: Point[];
  readonly radius: number;
  readonly isErasing: boolean;
}

type Step =
  | Stroke
  | { readonly kind: 'clear' }
  | { readonly kind: 'invert' }
  | { readonly kind: 'load'; readonly painted: OffscreenCanvas };

const UNDOABLE = 40;
const SHARE_SIDE = 160;

/** What was painted on a picture, at the picture's own pixels. */
export class Painting {
  readonly canvas: OffscreenCanvas;
  /** Everything before the steps that can still be undone. */
  private readonly base: OffscreenCanvas;
  private readonly steps: Step[] = [];
  private undone: Step[] = [];
  private stroke: Stroke | undefined;

  constructor(readonly size: Size) {
    this.canvas = new OffscreenCanvas(size.width, size.height);
    this.base = new OffscreenCanvas(size.width, size.height);
  }

  get canUndo(): boolean {
    return this.steps.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  begin(point: Point, radius: number, isErasing: boolean): void {
    this.stroke = { kind: 'stroke', points: [point], radius, isErasing };
    drawStroke(contextOf(this.canvas), this.stroke);
  }

  goTo(point: Point): void {
    const { stroke } = this;
    const last = stroke?.points.at(-1);
    if (stroke === undefined || last === undefined) {
      return;
    }
    stroke.points.push(point);
    drawStroke(contextOf(this.canvas), { ...stroke, points: [last, point] });
  }

  end(): void {
    if (this.stroke !== undefined) {
      this.add(this.stroke);
      this.stroke = undefined;
    }
  }

  /** A second finger has come: it was no stroke. */
  cancel(): void {
    if (this.stroke !== undefined) {
      this.stroke = undefined;
      this.replay();
    }
  }

  clear(): void {
    this.apply({ kind: 'clear' });
  }

  invert(): void {
    this.apply({ kind: 'invert' });
  }

  /** A mask of the same size: transparent is painted. False for another size. */
  load(mask: ImageBitmap): boolean {
    const { width, height } = this.size;
    if (mask.width !== width || mask.height !== height) {
      return false;
    }
    const painted = new OffscreenCanvas(width, height);
    const context = contextOf(painted);
    fill(context, this.size);
    context.globalCompositeOperation = 'destination-out';
    context.drawImage(mask, 0, 0);
    this.apply({ kind: 'load', painted });
    return true;
  }

  undo(): void {
    const step = this.steps.pop();
    if (step !== undefined) {
      this.undone.push(step);
      this.replay();
    }
  }

  redo(): void {
    const step = this.undone.pop();
    if (step !== undefined) {
      this.steps.push(step);
      this.draw(contextOf(this.canvas), step);
    }
  }

  /** The painted part of the picture, 0 to 1. */
  share(): number {
    const scale = Math.min(1, SHARE_SIDE / Math.max(this.size.width, this.size.height));
    const width = Math.max(1, Math.round(this.size.width * scale));
    const height = Math.max(1, Math.round(this.size.height * scale));
    const small = contextOf(new OffscreenCanvas(width, height));
    small.drawImage(this.canvas, 0, 0, width, height);
    const { data } = small.getImageData(0, 0, width, height);
    let painted = 0;
    for (let index = 3; index < data.length; index += 4) {
      painted += data[index] ?? 0;
    }
    return painted / 255 / (width * height);
  }

  /** As it is sent: a PNG of the picture's size, transparent where painted. */
  toMask(): Promise<Blob> {
    const { width, height } = this.size;
    const pixels = contextOf(this.canvas).getImageData(0, 0, width, height);
    const { data } = pixels;
    for (let index = 0; index < data.length; index += 4) {
      data[index] = 0;
      data[index + 1] = 0;
      data[index + 2] = 0;
      data[index + 3] = maskAlpha(data[index + 3] ?? 0);
    }
    const mask = new OffscreenCanvas(width, height);
    contextOf(mask).putImageData(pixels, 0, 0);
    return mask.convertToBlob({ type: 'image/png' });
  }

  private apply(step: Step): void {
    this.draw(contextOf(this.canvas), step);
    this.add(step);
  }

  private add(step: Step): void {
    this.steps.push(step);
    this.undone = [];
    if (this.steps.length > UNDOABLE) {
      const oldest = this.steps.shift();
      if (oldest !== undefined) {
        this.draw(contextOf(this.base), oldest);
      }
    }
  }

  private replay(): void {
    const context = contextOf(this.canvas);
    context.clearRect(0, 0, this.size.width, this.size.height);
    context.drawImage(this.base, 0, 0);
    this.steps.forEach((step) => {
      this.draw(context, step);
    });
  }

  private draw(context: OffscreenCanvasRenderingContext2D, step: Step): void {
    const { width, height } = this.size;
    switch (step.kind) {
      case 'stroke':
        drawStroke(context, step);
        return;
      case 'clear':
        context.clearRect(0, 0, width, height);
        return;
      case 'load':
        context.clearRect(0, 0, width, height);
        context.drawImage(step.painted, 0, 0);
        return;
      case 'invert':
        context.globalCompositeOperation = 'xor';
        fill(context, this.size);
        context.globalCompositeOperation = 'source-over';
    }
  }
}

function drawStroke(context: OffscreenCanvasRenderingContext2D, stroke: Stroke): void {
  const [first, ...rest] = stroke.points;
  if (first === undefined) {
    return;
  }
  context.globalCompositeOperation = stroke.isErasing ? 'destination-out' : 'source-over';
  context.lineWidth = stroke.radius * 2;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = '#000';
  context.fillStyle = '#000';
  context.beginPath();
  if (rest.length === 0) {
    // A canvas strokes no line without a length.
    context.arc(first.x, first.y, stroke.radius, 0, Math.PI * 2);
    context.fill();
  } else {
    context.moveTo(first.x, first.y);
    rest.forEach(({ x, y }) => {
      context.lineTo(x, y);
    });
    context.stroke();
  }
  context.globalCompositeOperation = 'source-over';
}

function fill(context: OffscreenCanvasRenderingContext2D, { width, height }: Size): void {
  context.fillStyle = '#000';
  context.fillRect(0, 0, width, height);
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) {
    throw new Error('this browser has no canvas');
  }
  return context;
}
