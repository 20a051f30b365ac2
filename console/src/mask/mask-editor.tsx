import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { showToast } from '../state/announcements';
import { inputs, isMasking, type InputImage } from '../state/form';
import {
  brushSize,
  fit,
  moveRing,
  onPicture,
  zoomAt,
  type Placement,
  type Point,
  type Size,
} from './geometry';
import { drawOverlay } from './overlay';
import type { Painting } from './painting';
import { beginPainting, changes, paintedShare, tellChange } from './painting-state';
import { MaskFoot, percent } from './mask-foot';
import { brush, isErasing, isMaskHidden, shownScale, zoomed } from './mask-state';
import { MaskTools } from './mask-tools';

const PADDING = 24;
const ABOVE_FINGER = 48;
const ZOOM_LIMITS = [0.05, 8] as const;

/** Lays a brush over the first image: what is painted is drawn anew. */
export function MaskEditor() {
  const [input] = inputs.value;
  const painting = beginPainting();
  if (input === undefined || painting === undefined) {
    return null;
  }
  return (
    <section class="stage mask-editor" aria-label="Mask">
      <MaskTools painting={painting} load={(file) => void load(painting, file)} />
      <Canvas key={input.id} input={input} painting={painting} />
      <MaskFoot />
    </section>
  );
}

async function load(painting: Painting, file: Blob): Promise<void> {
  try {
    const mask = await createImageBitmap(file);
    const { width, height } = painting.size;
    if (!painting.load(mask)) {
      showToast(
        `This mask is ${mask.width} × ${mask.height}, the picture is ${width} × ${height}. They must be the same size.`,
      );
    }
    mask.close();
    tellChange();
  } catch {
    showToast('This file is no picture that the browser can read.');
  }
}

function Canvas({ input, painting }: { input: InputImage; painting: Painting }) {
  const room = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const [ring, setRing] = useState<Point | undefined>(undefined);
  const [keyRing, setKeyRing] = useState<Point>({ x: input.width / 2, y: input.height / 2 });
  const pointers = useRef(new Map<number, Point>());
  const isPainting = useRef(false);
  const isPanning = useRef(false);
  /** Whether the ring is where a pointer has put it, and not the arrows. */
  const isPointed = useRef(false);
  const last = useRef<Point | undefined>(undefined);

  const fitted = fit(input, { width: size.width - PADDING * 2, height: size.height - PADDING * 2 });
  const placement = zoomed.value ?? { ...fitted, x: fitted.x + PADDING, y: fitted.y + PADDING };
  const radius = () => brush.value / 2 / placement.scale;

  useLayoutEffect(() => {
    const { current } = room;
    if (current === null) {
      return;
    }
    const measure = () => {
      setSize({ width: current.clientWidth, height: current.clientHeight });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => {
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    shownScale.value = placement.scale;
  }, [placement.scale]);
  useEffect(
    () => () => {
      zoomed.value = undefined;
    },
    [],
  );
  const count = changes.value;
  const isHidden = isMaskHidden.value;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context && size.width > 0) {
      const density = Math.min(2, devicePixelRatio);
      context.canvas.width = size.width * density;
      context.canvas.height = size.height * density;
      if (!isHidden) {
        drawOverlay(context, painting.canvas, placement, size);
      }
    }
  }, [count, isHidden, size, placement.scale, placement.x, placement.y, painting]);

  const place = (event: PointerEvent | WheelEvent): Point => {
    const box = room.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  /** Where the brush is: above a finger, which would hide it. */
  const brushPlace = (event: PointerEvent): Point => {
    const at = place(event);
    return event.pointerType === 'touch' ? { x: at.x, y: at.y - ABOVE_FINGER } : at;
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button > 0 && event.button !== 5) {
      return;
    }
    room.current?.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, place(event));
    if (pointers.current.size > 1) {
      // Two fingers pan and zoom; the stroke that the first one began was none.
      painting.cancel();
      isPainting.current = false;
      tellChange();
      return;
    }
    if (isPanning.current) {
      return;
    }
    isPainting.current = true;
    setRing(brushPlace(event));
    const at = onPicture(brushPlace(event), placement);
    const erases = isErasing.value || event.button === 5 || (event.buttons & 32) !== 0;
    if (event.shiftKey && last.current !== undefined) {
      painting.begin(last.current, radius(), erases);
      painting.goTo(at);
    } else {
      painting.begin(at, radius(), erases);
    }
    last.current = at;
    tellChange(false);
  };
  const onPointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    const at = place(event);
    isPointed.current = true;
    setRing(brushPlace(event));
    if (before === undefined) {
      return;
    }
    pointers.current.set(event.pointerId, at);
    if (isPanning.current && pointers.current.size === 1) {
      zoomed.value = {
        ...placement,
        x: placement.x + at.x - before.x,
        y: placement.y + at.y - before.y,
      };
    } else if (pointers.current.size === 2) {
      const all = [...pointers.current.entries()];
      zoomed.value = pinched(placement, all, event.pointerId, before, at);
    } else if (isPainting.current) {
      const events = event.getCoalescedEvents();
      (events.length > 0 ? events : [event]).forEach((one) => {
        last.current = onPicture(brushPlace(one), placement);
        painting.goTo(last.current);
      });
      tellChange(false);
    }
  };
  const onPointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId);
    if (event.pointerType === 'touch') {
      setRing(undefined);
    }
    if (isPainting.current) {
      painting.end();
      isPainting.current = false;
      tellChange();
    }
  };
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    if (event.altKey) {
      brush.value = brushSize(brush.value * (event.deltaY < 0 ? 1.1 : 0.9));
    } else {
      const factor = event.deltaY < 0 ? 1.12 : 0.89;
      zoomed.value = zoomAt(placement, place(event), factor, ZOOM_LIMITS);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === 'z') {
        event.preventDefault();
        if (event.shiftKey) {
          painting.redo();
        } else {
          painting.undo();
        }
        tellChange();
      }
      return;
    }
    const isDone = onMaskKey(event.key);
    if (event.key.startsWith('Arrow')) {
      const step = radius() * 2 * (event.shiftKey ? 1 : 0.1);
      const next = moveRing(keyRing, event.key, step, input);
      isPointed.current = false;
      setKeyRing(next);
      setRing({
        x: placement.x + next.x * placement.scale,
        y: placement.y + next.y * placement.scale,
      });
    } else if (event.key === ' ' && isPointed.current) {
      isPanning.current = true;
    } else if (event.key === ' ') {
      painting.begin(keyRing, radius(), isErasing.value);
      painting.end();
      tellChange();
    } else if (event.key === 'Enter') {
      isMasking.value = false;
    } else if (!isDone) {
      return;
    }
    event.preventDefault();
  };
  return (
    <div
      class="mask-room"
      ref={room}
      role="application"
      tabIndex={0}
      aria-label={`Mask brush on image 1. Arrows move it, Space paints, Enter ends. x ${Math.round(keyRing.x)}, y ${Math.round(keyRing.y)}, painted ${percent(paintedShare.value)}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onPointerLeave={() => {
        isPointed.current = false;
        setRing(undefined);
      }}
      onWheel={onWheel}
      onKeyDown={onKeyDown}
      onKeyUp={({ key }) => {
        if (key === 'h') {
          isMaskHidden.value = false;
        } else if (key === ' ') {
          isPanning.current = false;
        }
      }}
    >
      <img
        src={input.url}
        alt="Image 1"
        draggable={false}
        style={{
          transform: `translate(${placement.x}px, ${placement.y}px)`,
          width: `${input.width * placement.scale}px`,
          height: `${input.height * placement.scale}px`,
        }}
      />
      <canvas ref={canvas} aria-hidden="true" />
      {ring !== undefined && (
        <span
          class="mask-ring"
          style={{
            width: `${brush.value}px`,
            height: `${brush.value}px`,
            transform: `translate(${ring.x - brush.value / 2}px, ${ring.y - brush.value / 2}px)`,
          }}
        />
      )}
    </div>
  );
}

function pinched(
  placement: Placement,
  all: [number, Point][],
  id: number,
  before: Point,
  at: Point,
): Placement {
  const other = all.find(([pointer]) => pointer !== id)?.[1];
  if (other === undefined) {
    return placement;
  }
  const distance = (one: Point) => Math.hypot(one.x - other.x, one.y - other.y);
  const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
  const moved = {
    ...placement,
    x: placement.x + (at.x - before.x) / 2,
    y: placement.y + (at.y - before.y) / 2,
  };
  return zoomAt(moved, middle, distance(at) / Math.max(1, distance(before)), ZOOM_LIMITS);
}

function onMaskKey(key: string): boolean {
  switch (key) {
    case 'b':
      isErasing.value = false;
      return true;
    case 'x':
      isErasing.value = true;
      return true;
    case '[':
    case ']':
      brush.value = brushSize(brush.value * (key === ']' ? 1.15 : 0.87));
      return true;
    case 'h':
      isMaskHidden.value = true;
      return true;
    default:
      return false;
  }
}
