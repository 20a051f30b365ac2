export interface KeyGroup {
  readonly name: string;
  /** What to press, and what it does. */
  readonly keys: readonly (readonly [string, string])[];
}

/** Every key that the page knows, as the list behind `?` tells them. */
export const KEY_LIST: readonly KeyGroup[] = [
  {
    name: 'Anywhere',
    keys: [
      ['Ctrl ↵', 'Generate'],
      ['P', 'Prompt'],
      ['/', 'Search'],
      ['\\', 'Hide or show the form'],
      ['Esc', 'Close what lies on top'],
      ['?', 'This list'],
    ],
  },
  {
    name: 'On a picture, and in the viewer',
    keys: [
      ['↵ O', 'Open'],
      ['S', 'Save'],
      ['Y', 'Copy'],
      ['E', 'Edit this'],
      ['U', 'Use as input'],
      ['V', 'Vary'],
      ['A', 'Again'],
      ['C', 'Code'],
      ['Del', 'Remove'],
      ['← ↑ → ↓', 'The next picture'],
    ],
  },
  {
    name: 'In the viewer',
    keys: [
      ['+ −', 'Larger, smaller'],
      ['0', 'Fit'],
      ['1', '100 %'],
    ],
  },
  {
    name: 'With the mask brush',
    keys: [
      ['B X', 'Paint, erase'],
      ['[ ]', 'Smaller, larger brush'],
      ['Shift', 'A straight line from the last point'],
      ['Ctrl Z', 'Undo; with Shift, redo'],
      ['H', 'Hide the mask while held'],
      ['Space', 'Held, drag the picture; pressed after an arrow, paint'],
      ['↵', 'Done'],
    ],
  },
];
