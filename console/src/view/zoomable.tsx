import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { fit, zoomAt, type Placement, type Point } from '../mask/geometry';
import type { Picture } from '../state/frame';

export interface ZoomCommand {
  readonly name: 'fit' | 'whole' | 'in' | 'out';
  /** A command may come twice. */
  readonly count: number;
}

const LIMITS = [0.05, 8] as const;
const PADDING = 28;
/** How far a finger goes before it means the next picture. */
const SWIPE = 48;

interface ZoomableProps {
  readonly picture: Picture;
  readonly command: ZoomCommand;
  /** A finger went sideways over the whole picture: one on, or one back. */
  readonly onSwipe: (step: 1 | -1) => void;
}

/** The original, decoded only now: wheel, pinch and double click zoom, dragging pans, a swipe goes on. */
export function Zoomable({ picture, command, onSwipe }: ZoomableProps) {
  const room = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [zoomed, setZoomed] = useState<Placement | undefined>(undefined);
  const pointers = useRef(new Map<number, Point>());
  const [swiped, setSwiped] = useState<number | undefined>(undefined);
  const url = useMemo(() => URL.createObjectURL(picture.blob), [picture]);
  useEffect(
    () => () => {
      URL.revokeObjectURL(url);
    },
    [url],
  );
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
  const padding = size.width < 720 ? 0 : PADDING;
  const fitted = fit(picture, {
    width: size.width - padding * 2,
    height: size.height - padding * 2,
  });
  const placement = zoomed ?? { ...fitted, x: fitted.x + padding, y: fitted.y + padding };
  const middle = { x: size.width / 2, y: size.height / 2 };
  useEffect(() => {
    if (command.count === 0) {
      return;
    }
    const factor = { fit: 0, whole: 1 / placement.scale, in: 1.25, out: 0.8 }[command.name];
    setZoomed(command.name === 'fit' ? undefined : zoomAt(placement, middle, factor, LIMITS));
  }, [command]);
  const place = (event: MouseEvent): Point => {
    const box = room.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  return (
    <div
      class="zoomable"
      ref={room}
      style={{ '--ratio': picture.width / picture.height }}
      onWheel={(event) => {
        event.preventDefault();
        setZoomed(zoomAt(placement, place(event), event.deltaY < 0 ? 1.12 : 0.89, LIMITS));
      }}
      onDblClick={(event) => {
        setZoomed(
          zoomed === undefined
            ? zoomAt(placement, place(event), 1 / placement.scale, LIMITS)
            : undefined,
        );
      }}
      onPointerDown={(event) => {
        room.current?.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, place(event));
      }}
      onPointerMove={(event) => {
        const before = pointers.current.get(event.pointerId);
        if (before === undefined) {
          return;
        }
        const at = place(event);
        pointers.current.set(event.pointerId, at);
        const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
        if (other === undefined && zoomed === undefined && event.pointerType === 'touch') {
          setSwiped((swiped ?? 0) + at.x - before.x);
        } else if (other === undefined) {
          setZoomed({
            ...placement,
            x: placement.x + at.x - before.x,
            y: placement.y + at.y - before.y,
          });
        } else {
          const distance = (one: Point) => Math.hypot(one.x - other.x, one.y - other.y);
          setSwiped(undefined);
          setZoomed(zoomAt(placement, at, distance(at) / Math.max(1, distance(before)), LIMITS));
        }
      }}
      onPointerUp={({ pointerId }) => {
        pointers.current.delete(pointerId);
        setSwiped(undefined);
        if (swiped !== undefined && Math.abs(swiped) > SWIPE) {
          onSwipe(swiped < 0 ? 1 : -1);
        }
      }}
      onPointerCancel={({ pointerId }) => {
        pointers.current.delete(pointerId);
        setSwiped(undefined);
      }}
    >
      <img
        src={url}
        alt={picture.asked.form.prompt}
        draggable={false}
        style={{
          transform: `translate(${placement.x + (swiped ?? 0)}px, ${placement.y}px)`,
          width: `${picture.width * placement.scale}px`,
          height: `${picture.height * placement.scale}px`,
        }}
      />
    </div>
  );
}
