import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { justifiedRows, neighbour, runFrames, type Box } from '../logic/grid-layout';
import { dayHeading } from '../logic/words';
import type { Frame, Picture } from '../state/frame';
import { earlierPictures, shownRun } from '../state/shown-pictures';
import { FrameItem } from './frame-item';
import { PictureItem } from './picture-item';
import { rowHeight } from './stage';

interface Room {
  readonly width: number;
  readonly tallest: number;
  readonly isNarrow: boolean;
  readonly captionHeight: number;
  readonly minWidth: number;
}

const GAP = 10;
const HEADING = 36;
const RUN_TO_HEADING = 12;
const CAPTION = 24;
/** Without a mouse the buttons are a row below the picture. */
const TOUCH_CAPTION = 52;
/** Six buttons of 44 px. */
const TOUCH_WIDTH = 264;

/** The newest run's frames, large, then all earlier pictures by day; one list, newest first. */
export function ImageList() {
  const list = useRef<HTMLUListElement>(null);
  const room = useRoom(list);
  const current = shownRun.value;
  const frames = current?.frames ?? [];
  const earlier = earlierPictures.value;
  const { boxes, height } = layout(room, frames, current?.ratio ?? 1, earlier);

  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(list.current?.querySelectorAll<HTMLElement>('.picture-open') ?? [])];
    const from = items.findIndex((item) => item === event.target);
    if (from < 0 || !/^(Arrow|Home|End)/.test(event.key) || event.altKey) {
      return;
    }
    event.preventDefault();
    const places = items.map((item) => boxes[Number(item.dataset['place'])]);
    const whole = places.filter((box) => box !== undefined);
    items[neighbour(whole, from, event.key)]?.focus();
  };
  return (
    <ul
      class="images"
      aria-label="Images made"
      ref={list}
      style={{ height: `${height}px` }}
      onKeyDown={onKeyDown}
    >
      {frames.map((frame, index) => (
        <Item key={frame.id} box={boxes[index]}>
          {current && <FrameItem frame={frame} run={current} place={index} />}
        </Item>
      ))}
      {earlier.map((picture, index) => (
        <Item key={picture.id} box={boxes[frames.length + index]}>
          <PictureItem
            picture={picture}
            place={frames.length + index}
            isNarrow={(boxes[frames.length + index]?.width ?? 0) < 170}
          />
        </Item>
      ))}
    </ul>
  );
}

function layout(room: Room, frames: readonly Frame[], ratio: number, earlier: readonly Picture[]) {
  const { width, captionHeight, minWidth } = room;
  const large = runFrames(frames.length, ratio, { ...room, gap: GAP });
  const now = Date.now();
  const items = earlier.map(({ width: wide, height: high, at }) => {
    return { ratio: wide / high, group: dayHeading(at, now) };
  });
  const isNothingAbove = frames.length === 0 && new Set(items.map(({ group }) => group)).size === 1;
  const rows = justifiedRows(
    isNothingAbove ? items.map((item) => ({ ...item, group: '' })) : items,
    {
      width,
      target: Math.min(Number(rowHeight.value), width),
      gap: GAP,
      captionHeight,
      minWidth,
      headingHeight: HEADING,
      top: frames.length > 0 ? large.height + RUN_TO_HEADING : 0,
    },
  );
  return {
    boxes: [...large.boxes, ...rows.boxes],
    height: items.length > 0 ? rows.height : large.height,
  };
}

function Item({ box, children }: { box: Box | undefined; children: ComponentChildren }) {
  if (box === undefined) {
    return null;
  }
  const place = {
    transform: `translate(${box.left}px, ${box.top}px)`,
    width: `${box.width}px`,
    '--height': `${box.height}px`,
  };
  return (
    <li class="image-item" style={place}>
      {box.heading !== undefined && box.heading !== '' && <h3 class="day">{box.heading}</h3>}
      {children}
    </li>
  );
}

function useRoom(list: RefObject<HTMLUListElement | null>): Room {
  const [room, setRoom] = useState<Room>(() => roomOf(800));
  useLayoutEffect(() => {
    const { current } = list;
    if (current === null) {
      return;
    }
    const observer = new ResizeObserver(() => {
      setRoom(roomOf(current.clientWidth));
    });
    observer.observe(current);
    setRoom(roomOf(current.clientWidth));
    return () => {
      observer.disconnect();
    };
  }, []);
  return room;
}

function roomOf(width: number): Room {
  const isTouch = matchMedia('(hover: none), (pointer: coarse)').matches;
  return {
    width,
    tallest: innerHeight * 0.62,
    isNarrow: innerWidth < 1000 && width < 620,
    captionHeight: isTouch ? TOUCH_CAPTION : CAPTION,
    minWidth: isTouch ? TOUCH_WIDTH : 0,
  };
}
