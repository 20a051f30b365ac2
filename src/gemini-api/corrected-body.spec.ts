import { JsonBlob } from '../json/json-blob';
import { correctedBody, singleCandidateBody, type GeminiBody } from './corrected-body';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64');
const JPEG = Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF', 'latin1').toString('base64');
const HEIC = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0', 'latin1').toString('base64');

const withImage = (mimeType: unknown, data: unknown, names = ['inlineData', 'mimeType']) => ({
  contents: [
    {
      role: 'user',
      parts: [{ text: 'x' }, { [names[0] ?? '']: { [names[1] ?? '']: mimeType, data } }],
    },
  ],
});
const withSize = (imageSize: unknown) => ({ generationConfig: { imageConfig: { imageSize } } });

describe('correctedBody', () => {
  it.each<[string, GeminiBody]>([
    ['an empty body', {}],
    ['a role', { contents: [{ role: 'model', parts: [] }] }],
    ['a system instruction without a role', { systemInstruction: { parts: [{ text: 'x' }] } }],
    ['a size in capitals', withSize('4K')],
    ['a size without a letter', withSize('512')],
    ['a size that is none', withSize('large-k')],
    ['a size that is no text', withSize(2)],
    ['a true label', withImage('image/png', PNG)],
    ['a true label in capitals', withImage('IMAGE/PNG', PNG)],
    ['either label of HEIF', withImage('image/heif', HEIC)],
    ['bytes that tell nothing', withImage('video/mp4', 'AAAA')],
    ['a text', withImage('text/plain', Buffer.from('<html>').toString('base64'))],
    ['no label', { contents: [{ role: 'user', parts: [{ inlineData: { data: PNG } }] }] }],
    ['no data', withImage('image/png', undefined)],
    ['null', { contents: null, generationConfig: null }],
    ['what is no message', { contents: 'x', generationConfig: [1] }],
  ])('leaves %s', (_name, body) => {
    expect(correctedBody(body)).toBeUndefined();
  });

  it.each<[string, GeminiBody, GeminiBody]>([
    ['a size', withSize('2k'), withSize('2K')],
    [
      'a size in snake_case',
      { generation_config: { image_config: { image_size: '4k', aspect_ratio: '1:1' } } },
      { generation_config: { image_config: { image_size: '4K', aspect_ratio: '1:1' } } },
    ],
    ['a label', withImage('image/png', JPEG), withImage('image/jpeg', JPEG)],
    ['a label that is no type', withImage('image/jpg', JPEG), withImage('image/jpeg', JPEG)],
    ['a label with parameters', withImage('image/png; a=b', JPEG), withImage('image/jpeg', JPEG)],
    [
      'a label in snake_case',
      withImage('image/png', JPEG, ['inline_data', 'mime_type']),
      withImage('image/jpeg', JPEG, ['inline_data', 'mime_type']),
    ],
    ['a missing role', { contents: [{ parts: [] }] }, { contents: [{ parts: [], role: 'user' }] }],
    ['an empty role', { contents: [{ role: '' }] }, { contents: [{ role: 'user' }] }],
    [
      'the one content in place of a list',
      { contents: { parts: {} } },
      { contents: { parts: {}, role: 'user' } },
    ],
    [
      'what countTokens carries',
      { generateContentRequest: { contents: [{ parts: [] }] } },
      { generateContentRequest: { contents: [{ parts: [], role: 'user' }] } },
    ],
  ])('puts %s right', (_name, body, expected) => {
    expect(correctedBody(body)).toEqual(expected);
  });

  it('looks at the first bytes of a long image alone, and keeps it', () => {
    const data = JsonBlob.from([
      Buffer.from(JPEG.slice(0, 7)),
      Buffer.from(`${JPEG.slice(7)}${'A'.repeat(5000)}`),
    ]);
    const corrected = correctedBody(withImage('image/png', data));
    expect(corrected).toEqual(withImage('image/jpeg', data));
  });

  it('keeps a member named __proto__', () => {
    const body = JSON.parse('{"contents":[{"parts":[],"__proto__":1}]}') as GeminiBody;
    expect(JSON.stringify(correctedBody(body))).toBe(
      '{"contents":[{"parts":[],"__proto__":1,"role":"user"}]}',
    );
  });
});

describe('singleCandidateBody', () => {
  it('removes the number of candidates, and nothing else', () => {
    expect(singleCandidateBody({ a: 1, generationConfig: { candidateCount: 2, seed: 1 } })).toEqual(
      {
        a: 1,
        generationConfig: { seed: 1 },
      },
    );
    expect(singleCandidateBody({ generation_config: { candidate_count: 2 } })).toEqual({
      generation_config: {},
    });
  });
});
