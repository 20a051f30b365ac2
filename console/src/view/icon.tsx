/** Drawn for a grid of 16 px, 1.5 px wide, in the colour of the text beside it. */
const PATHS = {
  easel: 'M8 1v2M2.5 3.5h11v7h-11zM5 10.5 3.5 15M11 10.5l1.5 4.5M4.3 12.8h7.4',
  image: 'M2.5 2.5h11v11h-11zM5.6 6.6a1 1 0 1 0 0-2 1 1 0 0 0 0 2zM13.5 10l-3-3-6.5 6.5',
  brush:
    'M6.2 9.8C9 5.5 11.5 3 13.5 2.5 13 4.5 10.5 7 6.2 9.8zM5.8 9.6c-2.3.2-1.7 2.7-3.8 3.6 2.5 1 5 .2 5-2.2z',
  eraser: 'M6 13.5h7.5M3 9.5 9 3.5l4 4-6 6H5.5L3 11z',
  open: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8 9.3 6.7M2.8 13.2l3.9-3.9',
  save: 'M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 13.5h11',
  load: 'M8 10.5v-8M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  edit: 'M10.8 2.7l2.5 2.5-7.8 7.8-3 .5.5-3z',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v2.7h-2.7',
  vary: 'M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM11.5 2v5M9 4.5h5M2.5 9.5h4v4h-4z',
  code: 'M5.5 4 1.8 8l3.7 4M10.5 4l3.7 4-3.7 4',
  input: 'M2.5 3v10M13.5 8H5.8M8.8 4.8 5.6 8l3.2 3.2',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.6 9.5h6.8L12 4',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M4.5 6.5 8 10l3.5-3.5',
  left: 'M9.7 4.5 6.2 8l3.5 3.5',
  right: 'M6.3 4.5 9.8 8l-3.5 3.5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6l3 3',
  dots: 'M3.2 8h.01M8 8h.01M12.8 8h.01',
  key: 'M5.5 13.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM7.7 8.3l5.8-5.8M11 5l2 2',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  warn: 'M8 2.5 1.8 13.5h12.4zM8 6.5v3.2M8 11.6h.01',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.2l1.8 1.6',
  bad: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.5M8 10.8h.01',
  bar: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.5 8h5',
  struck: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 3.8l8.4 8.4',
  check: 'M3 8.5 6.5 12 13 4.5',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7h-3',
  redo: 'M10.5 3l3 3-3 3M13.5 6h-7a3.5 3.5 0 0 0 0 7h3',
  invert: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M9 5h3.5M9 8h5M9 11h3.5',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  stop: 'M5 5h6v6H5z',
  ring: 'M8 2a6 6 0 1 0 6 6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
