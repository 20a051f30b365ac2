import type { Placement, Size } from './geometry';

const RUBY = 'rgb(240 40 96 / 0.42)';
const RIM = 'rgb(214 20 76)';
const STRIPES = 9;
/** Eight directions, for a rim around the union of all that is painted. */
const AROUND = Array.from({ length: 8 }, (_, index) => (index * Math.PI) / 4);

let scratch: OffscreenCanvas | undefined;

/** Shows what is painted: ruby, striped, with a rim of white and ruby, so that it shows on any colour. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  painted: OffscreenCanvas,
  { x, y, scale }: Placement,
  room: Size,
): void {
  const { width, height } = context.canvas;
  const density = width / room.width;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  scratch ??= new OffscreenCanvas(width, height);
  scratch.width = width;
  scratch.height = height;
  const layer = scratch.getContext('2d');
  if (layer === null) {
    return;
  }
  const put = (
    target: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    dx = 0,
    dy = 0,
  ) => {
    target.drawImage(
      painted,
      (x + dx) * density,
      (y + dy) * density,
      painted.width * scale * density,
      painted.height * scale * density,
    );
  };
  const rim = (colour: string, distance: number) => {
    layer.clearRect(0, 0, width, height);
    AROUND.forEach((angle) => {
      put(layer, Math.cos(angle) * distance, Math.sin(angle) * distance);
    });
    layer.globalCompositeOperation = 'source-in';
    layer.fillStyle = colour;
    layer.fillRect(0, 0, width, height);
    layer.globalCompositeOperation = 'source-over';
    context.drawImage(layer.canvas, 0, 0);
  };
  rim('#fff', 3.5);
  rim(RIM, 2);
  context.globalCompositeOperation = 'destination-out';
  put(context);
  context.globalCompositeOperation = 'source-over';

  layer.clearRect(0, 0, width, height);
  put(layer);
  layer.globalCompositeOperation = 'source-in';
  layer.fillStyle = RUBY;
  layer.fillRect(0, 0, width, height);
  layer.globalCompositeOperation = 'source-atop';
  layer.strokeStyle = 'rgb(255 255 255 / 0.55)';
  layer.lineWidth = 1.2 * density;
  layer.beginPath();
  for (let at = -height; at < width; at += STRIPES * density) {
    layer.moveTo(at, height);
    layer.lineTo(at + height, 0);
  }
  layer.stroke();
  layer.globalCompositeOperation = 'source-over';
  context.drawImage(layer.canvas, 0, 0);
  // Nothing of a rim outside the picture.
  context.globalCompositeOperation = 'destination-in';
  context.fillStyle = '#000';
  context.fillRect(
    x * density,
    y * density,
    painted.width * scale * density,
    painted.height * scale * density,
  );
  context.globalCompositeOperation = 'source-over';
}
