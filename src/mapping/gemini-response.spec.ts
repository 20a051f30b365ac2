import fc from 'fast-check';
import { JsonBlob } from '../json/json-blob';
import { GeminiResponseReader, type GeminiResponse } from './gemini-response';

const readGeminiResponse = (response: unknown, wantsText = false) =>
  new GeminiResponseReader(wantsText).readWhole(response);

interface PartOptions {
  readonly mimeType?: unknown;
  readonly thought?: unknown;
  readonly thoughtSignature?: string;
}

function image(data: unknown, { mimeType = 'image/jpeg', ...rest }: PartOptions = {}) {
  return { inlineData: { mimeType, data }, ...rest };
}

function response(parts: unknown, finishReason: unknown = 'STOP') {
  return { candidates: [{ content: { role: 'model', parts }, finishReason }] };
}

function textOf(blob: JsonBlob): string {
  return Buffer.concat(blob.chunks).toString();
}

/** The response in one line: `image QUJD 2`, `refused SAFETY`. */
function summary(read: GeminiResponse): string {
  switch (read.kind) {
    case 'image':
      return `image ${textOf(read.data)} ${read.imageCount}`;
    case 'text':
      return `text ${textOf(read.text)}${read.isCutShort ? ' (cut short)' : ''}`;
    case 'refused':
    case 'empty':
    case 'cut_short':
    case 'account_unusable':
      return `${read.kind} ${read.reason}`;
    case 'malformed':
    case 'truncated':
      return read.kind;
  }
}

const THOUGHT = { thought: true };
const SIGNED = { thoughtSignature: 'c2lnbmF0dXJl' };

describe('the billing data of a response', () => {
  it.each<[string, readonly unknown[], object | undefined]>([
    ['nothing of Gemini’s', [{ error: {} }], undefined],
    [
      'a refusal',
      [{ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 1 } }],
      {
        usageMetadata: { promptTokenCount: 1 },
        modelVersion: undefined,
        images: 0,
        finishReasons: [],
      },
    ],
    [
      'events: the last counts, and every draft',
      [
        { ...response([image('AAAA')], undefined), usageMetadata: { totalTokenCount: 1 } },
        {
          ...response([image('BBBB')]),
          usage_metadata: { totalTokenCount: 2 },
          model_version: 'm',
        },
        {},
      ],
      {
        usageMetadata: { totalTokenCount: 2 },
        modelVersion: 'm',
        images: 2,
        finishReasons: ['STOP'],
      },
    ],
  ])('%s', (_name, events, expected) => {
    const reader = new GeminiResponseReader();
    for (const event of events) {
      reader.add(event);
    }
    expect(reader.billed).toEqual(expected);
  });
});

describe('the final image', () => {
  it.each<[string, unknown, string]>([
    ['one image', response([image('AAAA')]), 'image AAAA 1'],
    ['text before it', response([{ text: 'Here:' }, image('AAAA')]), 'image AAAA 1'],
    ['text after it', response([image('AAAA'), { text: 'Done.' }]), 'image AAAA 1'],
    ['drafts that look like images', response([image('AAAA'), image('BBBB')]), 'image BBBB 2'],
    [
      'drafts marked as thoughts',
      response([image('AAAA', THOUGHT), image('BBBB'), image('CCCC', THOUGHT)]),
      'image BBBB 3',
    ],
    [
      'a signed draft, an unsigned image',
      response([image('AAAA', SIGNED), image('BBBB')]),
      'image BBBB 2',
    ],
    [
      'an unsigned draft, a signed image',
      response([image('AAAA'), image('BBBB', SIGNED)]),
      'image BBBB 2',
    ],
    ['only thoughts', response([image('AAAA', THOUGHT), image('BBBB', THOUGHT)]), 'image BBBB 2'],
    [
      'only thoughts, no finishReason',
      { candidates: [{ content: { parts: [image('AAAA', THOUGHT)] } }] },
      'image AAAA 1',
    ],
    [
      'thought that is not true',
      response([image('AAAA'), image('BBBB', { thought: 'true' })]),
      'image BBBB 2',
    ],
    [
      'a mime type in capitals',
      response([image('AAAA', { mimeType: 'IMAGE/PNG' })]),
      'image AAAA 1',
    ],
    ['no mime type', response([{ inlineData: { data: 'AAAA' } }]), 'image AAAA 1'],
    [
      'octets that are a JPEG',
      response([image('/9j/AAAA', { mimeType: 'application/octet-stream' })]),
      'image /9j/AAAA 1',
    ],
    [
      'a data URI of a JPEG in the URL-safe alphabet, called a text',
      response([image('data:image/jpeg;base64,\n_9j_AAAA', { mimeType: 'text/plain' })]),
      'image data:image/jpeg;base64,\n_9j_AAAA 1',
    ],
    [
      'octets that are no image',
      response([image('AAAA'), image('BBBB', { mimeType: 'application/octet-stream' })]),
      'image AAAA 1',
    ],
    [
      'the spelling of the proto files',
      {
        candidates: [
          {
            content: { parts: [{ inline_data: { mime_type: 'image/png', data: 'AAAA' } }] },
            finish_reason: 'MAX_TOKENS',
          },
        ],
        usage_metadata: {},
        model_version: 'gemini-3-pro-image',
      },
      'image AAAA 1',
    ],
    [
      'broken parts around it',
      response([null, 5, 'x', {}, image('AAAA'), { inlineData: null }]),
      'image AAAA 1',
    ],
    [
      'other data after it',
      response([image('AAAA'), image('BBBB', { mimeType: 'audio/wav' })]),
      'image AAAA 1',
    ],
    ['an empty image after it', response([image('AAAA'), image(''), image(7)]), 'image AAAA 1'],
    ['no finishReason', { candidates: [{ content: { parts: [image('AAAA')] } }] }, 'image AAAA 1'],
    ['a finishReason of null', response([image('AAAA')], null), 'image AAAA 1'],
    ['MAX_TOKENS after it', response([image('AAAA')], 'MAX_TOKENS'), 'image AAAA 1'],
    ['a policy finishReason after it', response([image('AAAA')], 'IMAGE_SAFETY'), 'image AAAA 1'],
    ['an unknown finishReason after it', response([image('AAAA')], 'FUTURE'), 'image AAAA 1'],
    [
      'the first candidate that has one',
      {
        candidates: [
          null,
          { finishReason: 'SAFETY' },
          { content: { parts: [image('AAAA')] } },
          { content: { parts: [image('BBBB')] } },
        ],
      },
      'image AAAA 1',
    ],
    [
      'a blob',
      response([image(JsonBlob.from([Buffer.from('AA'), Buffer.from('BB')]))]),
      'image AABB 1',
    ],
    [
      'a block for no reason',
      { promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' }, ...response([image('AAAA')]) },
      'image AAAA 1',
    ],
    [
      'a block for no reason, as Vertex AI spells it',
      {
        promptFeedback: { blockReason: 'BLOCKED_REASON_UNSPECIFIED' },
        ...response([image('AAAA')]),
      },
      'image AAAA 1',
    ],
    [
      'a block for no reason, as a number',
      { promptFeedback: { blockReason: 0 }, ...response([image('AAAA')]) },
      'image AAAA 1',
    ],
    [
      'safety ratings without a block',
      { promptFeedback: { safetyRatings: [] }, ...response([image('AAAA')]) },
      'image AAAA 1',
    ],
  ])('%s', (_name, body, expected) => {
    expect(summary(readGeminiResponse(body))).toBe(expected);
  });

  it('is returned with its declared type and the usage', () => {
    const read = readGeminiResponse({
      ...response([image('AAAA', { mimeType: 'image/png' })]),
      usageMetadata: { promptTokenCount: 5, totalTokenCount: 1125 },
    });
    expect(read).toMatchObject({
      kind: 'image',
      declaredMimeType: 'image/png',
      imageCount: 1,
      usage: { input_tokens: 5, output_tokens: 1120, total_tokens: 1125 },
    });
  });

  it('hands a blob on as it is, without a copy', () => {
    const data = JsonBlob.from(Buffer.from('AAAA'));
    const read = readGeminiResponse(response([image(data)]));
    expect(read.kind === 'image' && read.data).toBe(data);
    expect(read.kind === 'image' && read.usage).toBeUndefined();
  });
});

describe('a response without an image', () => {
  it.each([
    'SAFETY',
    'PROHIBITED_CONTENT',
    'BLOCKLIST',
    'SPII',
    'RECITATION',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
    'MODEL_ARMOR',
    'ESCALATION',
    // Not known yet, but a policy by its name.
    'CHILD_SAFETY',
    'IMAGE_SPII',
    'NEW_POLICY_BLOCK',
    'TERMS_VIOLATION',
  ])('%s is a refusal', (finishReason) => {
    for (const content of [undefined, null, {}, { role: 'model' }, { parts: null }]) {
      const body = { candidates: [{ content, finishReason, finishMessage: 'prose' }] };
      expect(readGeminiResponse(body)).toEqual({ kind: 'refused', reason: finishReason });
    }
  });

  it.each([
    'SAFETY',
    'OTHER',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'IMAGE_SAFETY',
    'JAILBREAK',
    'NEW',
  ])('a prompt blocked for %s is a refusal', (blockReason) => {
    const promptFeedback = { blockReason, blockReasonMessage: 'prose' };
    const refused = { kind: 'refused', reason: blockReason };
    expect(readGeminiResponse({ promptFeedback })).toEqual(refused);
    expect(readGeminiResponse({ promptFeedback, candidates: [] })).toEqual(refused);
    expect(readGeminiResponse({ promptFeedback, ...response([image('AAAA')]) })).toEqual(refused);
  });

  it.each<[string, unknown, string]>([
    ['NO_IMAGE', response([], 'NO_IMAGE'), 'empty NO_IMAGE'],
    ['IMAGE_OTHER', response(null, 'IMAGE_OTHER'), 'empty IMAGE_OTHER'],
    ['OTHER', response([], 'OTHER'), 'empty OTHER'],
    ['an unknown one', response([], 'UNSAFETYLIKE_BLOCKING'), 'empty UNSAFETYLIKE_BLOCKING'],
    ['MALFORMED_RESPONSE', response([], 'MALFORMED_RESPONSE'), 'empty MALFORMED_RESPONSE'],
    ['text only', response([{ text: 'I cannot draw.' }]), 'empty STOP_WITHOUT_IMAGE'],
    ['no reason', { candidates: [{}] }, 'empty STOP_WITHOUT_IMAGE'],
    ['a reason of the future', response([], 'FUTURE'), 'empty FUTURE'],
    [
      'no reason, written out',
      response([], 'FINISH_REASON_UNSPECIFIED'),
      'empty STOP_WITHOUT_IMAGE',
    ],
    ['no reason, as a number', response([], 0), 'empty STOP_WITHOUT_IMAGE'],
    [
      'a block for no reason beside text',
      { promptFeedback: { blockReason: 0 }, ...response([{ text: 'Well.' }]) },
      'empty STOP_WITHOUT_IMAGE',
    ],
    [
      'a block for no reason and nothing else',
      { promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' } },
      'refused BLOCK_REASON_UNSPECIFIED',
    ],
    [
      'an account shut out',
      response([], 'PUP_LIMITED_DISABLED'),
      'account_unusable PUP_LIMITED_DISABLED',
    ],
    ['a response that was to go on', response([], 'CONTINUATION'), 'cut_short CONTINUATION'],
    ['a number for a reason', response([], 21), 'empty UNKNOWN'],
    ['prose for a reason', response([], 'Sorry, I cannot.\r\n'), 'empty UNKNOWN'],
    ['a reason without end', response([], 'A'.repeat(65)), 'empty UNKNOWN'],
    ['no candidates', { candidates: [] }, 'empty NO_CANDIDATES'],
    ['candidates null', { candidates: null }, 'empty NO_CANDIDATES'],
    ['only usage', { usageMetadata: {} }, 'empty NO_CANDIDATES'],
    ['a broken candidate', { candidates: [null] }, 'empty STOP_WITHOUT_IMAGE'],
    ['a block reason that is none', { promptFeedback: { blockReason: '' } }, 'empty NO_CANDIDATES'],
    ['a strange block reason', { promptFeedback: { blockReason: 'so sorry' } }, 'refused UNKNOWN'],
    ['MAX_TOKENS', response([], 'MAX_TOKENS'), 'cut_short MAX_TOKENS'],
    [
      'a draft, then MAX_TOKENS',
      response([image('AAAA', THOUGHT)], 'MAX_TOKENS'),
      'cut_short MAX_TOKENS',
    ],
    [
      'a draft, then refused',
      response([image('AAAA', THOUGHT)], 'IMAGE_SAFETY'),
      'refused IMAGE_SAFETY',
    ],
    ['a draft, then nothing', response([image('AAAA', THOUGHT)], 'NO_IMAGE'), 'empty NO_IMAGE'],
    [
      'a refusal among several',
      { candidates: [{ finishReason: 'NO_IMAGE' }, { finishReason: 'SAFETY' }] },
      'refused SAFETY',
    ],
  ])('%s', (_name, body, expected) => {
    expect(summary(readGeminiResponse(body))).toBe(expected);
  });

  it.each<[string, object, string]>([
    ['an empty object', {}, 'empty EMPTY_RESPONSE'],
    [
      'a block as the proto files spell it',
      { prompt_feedback: { block_reason: 'SAFETY' } },
      'refused SAFETY',
    ],
    [
      'a finishReason as they spell it',
      { candidates: [{ content: {}, finish_reason: 'IMAGE_SAFETY' }] },
      'refused IMAGE_SAFETY',
    ],
  ])('%s', (_name, body, expected) => {
    expect(summary(readGeminiResponse(body))).toBe(expected);
  });

  it.each<[unknown]>([
    [undefined],
    [null],
    [''],
    ['<html>'],
    [42],
    [true],
    [[]],
    [[response([image('AAAA')])]],
    [{ error: { code: 500 } }],
    [{ candidates: 'x' }],
    [{ candidates: {} }],
  ])('%j is malformed', (body) => {
    expect(readGeminiResponse(body)).toEqual({ kind: 'malformed' });
  });
});

describe('if text is requested', () => {
  it.each<[string, unknown, string]>([
    ['words alone', response([{ text: 'Which cat?' }]), 'text Which cat?'],
    ['words in pieces', response([{ text: 'Which ' }, { text: 'cat?' }]), 'text Which cat?'],
    ['words that ran out', response([{ text: 'Wh' }], 'MAX_TOKENS'), 'text Wh (cut short)'],
    ['words and no image by chance', response([{ text: 'No.' }], 'NO_IMAGE'), 'text No.'],
    ['thoughts alone', response([{ text: 'Hm', thought: true }]), 'empty STOP_WITHOUT_IMAGE'],
    ['white space alone', response([{ text: ' \n' }, { text: '\t' }]), 'empty STOP_WITHOUT_IMAGE'],
    ['no words', response([]), 'empty STOP_WITHOUT_IMAGE'],
    ['text that is no text', response([{ text: 7 }, { text: null }]), 'empty STOP_WITHOUT_IMAGE'],
    [
      'words of a refusal',
      response([{ text: 'I cannot' }], 'IMAGE_SAFETY'),
      'refused IMAGE_SAFETY',
    ],
    [
      'words for an account that is shut out',
      response([{ text: 'No' }], 'PUP_LIMITED_DISABLED'),
      'account_unusable PUP_LIMITED_DISABLED',
    ],
    [
      'words beside a block',
      { ...response([{ text: 'Hello' }]), promptFeedback: { blockReason: 'SAFETY' } },
      'refused SAFETY',
    ],
    ['an image with words', response([{ text: 'Here:' }, image('AAAA')]), 'image AAAA 1'],
  ])('%s', (_name, body, expected) => {
    expect(summary(readGeminiResponse(body, true))).toBe(expected);
  });

  it('returns the text next to an image, without thoughts, and counts thoughts', () => {
    const parts = [
      { text: 'Hm', thought: true },
      { text: 'Here' },
      image('AAAA'),
      { text: ' you are' },
    ];
    const usageMetadata = { promptTokenCount: 1, totalTokenCount: 9, thoughtsTokenCount: 3 };
    const read = readGeminiResponse({ ...response(parts), usageMetadata }, true);
    expect(read.kind === 'image' && read.text && textOf(read.text)).toBe('Here you are');
    expect(read).toMatchObject({ thoughtTokens: 3 });
    expect(readGeminiResponse(response(parts))).not.toHaveProperty('text.chunks');
  });

  it('passes text on piece by piece, each once', () => {
    const reader = new GeminiResponseReader(true);
    const said = ['One', ' two', undefined, '.'].map((text) => {
      reader.add(response(text === undefined ? [image('AAAA')] : [{ text }], null));
      const taken = reader.takeText();
      return taken && textOf(taken);
    });
    expect(said).toEqual(['One', ' two', undefined, '.']);
    expect(new GeminiResponseReader(true).takeText()).toBeUndefined();
  });

  it('does not accept a text stream that broke off', () => {
    const reader = new GeminiResponseReader(true);
    reader.add(response([{ text: 'Wh' }], null));
    expect(reader.end().kind).toBe('truncated');
  });
});

describe('any JSON', () => {
  it('is read without a throw and without upstream’s prose', () => {
    const known = fc.constantFrom(
      ...['candidates', 'content', 'parts', 'inlineData', 'mimeType', 'data', 'finishReason'],
      ...['promptFeedback', 'blockReason', 'finishMessage', 'usageMetadata'],
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.constantFrom(null, 0, true, 'image/png', 'AAAA', 'some prose'),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(known, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (body) => {
        const read = readGeminiResponse(body);
        expect('reason' in read ? read.reason : 'NONE').toMatch(/^[A-Z0-9_]+$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a response in events', () => {
  /** What the events show as they come, and what they come to: `[AAAA] image BBBB 2`. */
  function told(events: readonly unknown[]): string {
    const reader = new GeminiResponseReader();
    const shown = events.flatMap((event) => reader.add(event)).map(textOf);
    return `[${shown.join(' ')}] ${summary(reader.end())}`;
  }

  const open = (...parts: unknown[]) => ({ candidates: [{ content: { parts }, index: 0 }] });
  const last = (...parts: unknown[]) => response(parts);

  it.each<[string, readonly unknown[], string]>([
    ['the image in one event', [last(image('AAAA'))], '[] image AAAA 1'],
    [
      'the end in an event of its own',
      [open(image('AAAA')), last({ text: '' })],
      '[] image AAAA 1',
    ],
    [
      'a thought first',
      [open({ text: 'Hm', ...THOUGHT }, image('AAAA', THOUGHT)), last(image('BBBB'))],
      '[AAAA] image BBBB 2',
    ],
    [
      'drafts that look like images',
      [open(image('AAAA')), open(image('BBBB')), last(image('CCCC'))],
      '[AAAA BBBB] image CCCC 3',
    ],
    ['drafts in one event', [last(image('AAAA'), image('BBBB'))], '[AAAA] image BBBB 2'],
    ['a thought last', [open(image('AAAA')), last(image('BBBB', THOUGHT))], '[BBBB] image AAAA 2'],
    [
      'nothing but thoughts',
      [open(image('AAAA', THOUGHT)), open(image('BBBB', THOUGHT)), last()],
      '[AAAA BBBB] image BBBB 2',
    ],
    [
      'nothing but thoughts, and no good end',
      [open(image('AAAA', THOUGHT)), response([], 'NO_IMAGE')],
      '[AAAA] empty NO_IMAGE',
    ],
    [
      'a refusal after a thought',
      [open(image('AAAA', THOUGHT)), response([], 'IMAGE_SAFETY')],
      '[AAAA] refused IMAGE_SAFETY',
    ],
    ['a blocked prompt', [{ promptFeedback: { blockReason: 'SAFETY' } }], '[] refused SAFETY'],
    [
      'a block beside an image',
      [last(image('AAAA')), { promptFeedback: { blockReason: 'OTHER' } }],
      '[] refused OTHER',
    ],
    ['no end after a thought', [open(image('AAAA', THOUGHT))], '[AAAA] truncated'],
    ['no end after an image, which may be a draft', [open(image('AAAA'))], '[] truncated'],
    ['no end and no image', [open({ text: 'Here' })], '[] truncated'],
    ['counts and nothing else', [{ usageMetadata: {} }], '[] truncated'],
    ['no image', [last({ text: 'I cannot' })], '[] empty STOP_WITHOUT_IMAGE'],
    ['too many tokens', [response([], 'MAX_TOKENS')], '[] cut_short MAX_TOKENS'],
    ['what is not Gemini’s', [{ id: 'chatcmpl-1' }, 'x', null, []], '[] malformed'],
    ['nothing', [], '[] empty EMPTY_RESPONSE'],
    ['empty objects', [{}, {}], '[] empty EMPTY_RESPONSE'],
    ['something else in between', [{}, last(image('AAAA')), { id: 1 }], '[] image AAAA 1'],
  ])('%s', (_name, events, expected) => {
    expect(told(events)).toBe(expected);
  });

  it('counts by the last event that has counts', () => {
    const reader = new GeminiResponseReader();
    const counts = (total: number) => ({ promptTokenCount: 3, totalTokenCount: total });
    reader.add({ ...open({ text: '' }), usageMetadata: counts(3) });
    reader.add({ ...open(image('AAAA')), usageMetadata: counts(1123) });
    reader.add(last({ text: '' }));
    expect(reader.end()).toMatchObject({ usage: { input_tokens: 3, output_tokens: 1120 } });
  });

  it('is finished once every candidate says so', () => {
    const reader = new GeminiResponseReader();
    expect(reader.isFinished).toBe(false);
    reader.add(open(image('AAAA')));
    expect(reader.isFinished).toBe(false);
    reader.add(last());
    expect(reader.isFinished).toBe(true);
  });

  it('is finished once the prompt is blocked', () => {
    const reader = new GeminiResponseReader();
    reader.add({ promptFeedback: {}, usageMetadata: {} });
    expect(reader.isFinished).toBe(false);
    reader.add({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
    expect(reader.isFinished).toBe(true);
  });

  it('gives the same result as in one piece, wherever it is split', () => {
    const part = fc.oneof(
      fc.constant({ text: 'x' }),
      fc.constantFrom('AAAA', 'BBBB', 'CCCC').map((data) => image(data)),
      fc.constantFrom('DDDD', 'EEEE').map((data) => image(data, THOUGHT)),
    );
    const finishReason = fc.constantFrom('STOP', 'NO_IMAGE', 'IMAGE_SAFETY', 'MAX_TOKENS');
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { maxLength: 3 }), { maxLength: 5 }),
        finishReason,
        (events, reason) => {
          const reader = new GeminiResponseReader();
          events.forEach((parts) => reader.add(open(...parts)));
          reader.add(response([], reason));
          expect(summary(reader.end())).toBe(
            summary(readGeminiResponse(response(events.flat(), reason))),
          );
        },
      ),
    );
  });
});
