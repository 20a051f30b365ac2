import { EMPTY_FORM } from '../logic/generation-request';
import type { Picture } from '../state/frame';
import { archiveFiles, INDEX, pictureOf, recordsOf } from './history-records';

const PICTURE: Picture = {
  id: '0b5a7c1e-1111-4222-8333-944455556666',
  runId: 'a-run',
  at: Date.UTC(2026, 10, 28, 12),
  asked: {
    form: { ...EMPTY_FORM, prompt: 'A boat, at sea', model: 'gemini-3-pro-image', seed: '7' },
    images: [new Blob(['first input'], { type: 'image/png' })],
    mask: new Blob(['a mask'], { type: 'image/png' }),
    isVariation: false,
  },
  blob: new Blob(['the picture'], { type: 'image/jpeg' }),
  preview: new Blob(['a preview'], { type: 'image/webp' }),
  width: 1376,
  height: 768,
  format: 'jpeg',
  ms: 19_400,
  account: 'studio@example.com',
  model: 'gemini-3-pro-image',
  ratio: '16:9',
  size: '1K',
  requestId: 'req_1',
  warnings: ['a warning'],
  usage: {
    input_tokens: 12,
    output_tokens: 1516,
    total_tokens: 1528,
    input_tokens_details: { text_tokens: 12, image_tokens: 0 },
    output_tokens_details: { text_tokens: 396, image_tokens: 1120 },
    cost: 0.1344,
  },
};

async function archived(picture: Picture) {
  const files = new Map(archiveFiles([picture]).map(({ name, data }) => [name, data]));
  const [record] = recordsOf((await files.get(INDEX)?.text()) ?? '') ?? [];
  return {
    names: [...files.keys()],
    record: record as Record<string, unknown>,
    open: (name: string) => Promise.resolve(files.get(name)),
  };
}

it('names a picture so that a person finds it', async () => {
  const { names } = await archived(PICTURE);
  expect(names).toEqual([
    'history.json',
    'pictures/A-boat-at-sea-2026-11-28-12-00-00-0b5a7c1e.jpg',
    `more/${PICTURE.id}/preview`,
    `more/${PICTURE.id}/input-1.png`,
    `more/${PICTURE.id}/mask`,
  ]);
});

it('comes back as it was', async () => {
  const { record, open } = await archived(PICTURE);
  const back = await pictureOf(record, open);
  // Without blobs, which Jest cannot compare on each Node; what is in them is looked at below.
  const facts = ({ id, runId, at, asked, width, height, format, ms }: Picture) => {
    return { id, runId, at, form: asked.form, width, height, format, ms };
  };
  expect(back && facts(back)).toEqual(facts(PICTURE));
  expect(back?.blob.type).toBe('image/jpeg');
  expect(await back?.blob.text()).toBe('the picture');
  expect(back?.asked.images[0]?.type).toBe('image/png');
  expect(await back?.asked.images[0]?.text()).toBe('first input');
  expect(await back?.asked.mask?.text()).toBe('a mask');
});

it.each<[string, object, object]>([
  ['another type of field', { asked: { form: { ...EMPTY_FORM, seed: 7 } } }, { seed: '' }],
  ['a field that came later', { asked: { form: { prompt: 'x' } } }, { prompt: 'x', tier: '' }],
  [
    'a field that is none',
    { asked: { form: { prompt: 'x', evil: 1 } } },
    { ...EMPTY_FORM, prompt: 'x' },
  ],
])('reads a form with %s', async (_what, change, expected) => {
  const { record, open } = await archived(PICTURE);
  const back = await pictureOf({ ...record, ...change }, open);
  expect(back?.asked.form).toMatchObject(expected);
  expect(Object.keys(back?.asked.form ?? {})).toEqual(Object.keys(EMPTY_FORM));
});

it.each<[string, object]>([
  ['no id', { id: undefined }],
  ['an id that is a path', { id: '../x' }],
  ['a format that could run', { format: 'svg+xml' }],
  ['no pixels', { width: 0 }],
  ['pixels that are words', { width: '1376' }],
  ['a time that is none', { at: null }],
  ['no form', { asked: {} }],
  ['a file that is not there', { file: 'pictures/none.jpg' }],
  ['no preview', { preview: 7 }],
  ['an input that is not there', { images: ['more/none'] }],
  ['inputs that are no list', { images: 'more/none' }],
])('leaves a picture out with %s', async (_what, change) => {
  const { record, open } = await archived(PICTURE);
  expect(await pictureOf({ ...record, ...change }, open)).toBeUndefined();
});

it.each(['', '{', '[]', '{"pictures":[]}', '{"easel_history":2,"pictures":[]}'])(
  'knows an index that is none: %s',
  (index) => {
    expect(recordsOf(index)).toBeUndefined();
  },
);
