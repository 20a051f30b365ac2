import sharp from 'sharp';
import { startEmulator } from './emulator';
import type { Emulator } from './emulator';

interface Part {
  readonly text?: string;
  readonly thought?: true;
  readonly inlineData?: { readonly mimeType: string; readonly data: string };
  readonly thoughtSignature?: string;
}

interface Reply {
  readonly candidates: readonly [
    { readonly content: { readonly role: 'model'; readonly parts?: readonly Part[] } } & {
      readonly finishReason?: string;
    },
  ];
  readonly usageMetadata: {
    readonly promptTokenCount: number;
    readonly candidatesTokenCount: number;
    readonly totalTokenCount: number;
    readonly thoughtsTokenCount?: number;
    readonly promptTokensDetails: readonly object[];
    readonly candidatesTokensDetails?: readonly object[];
    readonly serviceTier: string;
  };
  readonly totalTokens?: number;
}

const MODEL = 'gemini-3-pro-image';
const turn = (role: string, ...parts: readonly object[]) => ({ role, parts });

describe('a conversation with the emulator', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ drawing: 'plain' });
  });
  afterAll(() => emulator.close());

  const post = (path: string, body: object) =>
    fetch(`${emulator.url}${path}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const ask = async (body: object, model = MODEL): Promise<Reply> => {
    const response = await post(`/v1beta/models/${model}:generateContent`, body);
    expect(response.status).toBe(200);
    return (await response.json()) as Reply;
  };
  const partsOf = ({ candidates: [{ content }] }: Reply): readonly Part[] => content.parts ?? [];

  it('continues from an image that the model has made, with its signature', async () => {
    const first = turn('user', { text: 'A fox' });
    const made = await ask({ contents: [first], generationConfig: { seed: 7 } });
    const [text, image] = partsOf(made);
    expect([text?.text, image?.inlineData?.mimeType]).toEqual([
      'Here is the picture you asked for.',
      'image/jpeg',
    ]);
    const contents = [first, made.candidates[0].content, turn('user', { text: 'with a hat' })];
    const edited = await ask({ contents });
    expect(partsOf(edited).some(({ inlineData }) => inlineData !== undefined)).toBe(true);
    // The image and all texts count; the words of the model as well.
    expect(edited.usageMetadata.promptTokensDetails).toEqual([
      {
        modality: 'TEXT',
        tokenCount: Math.ceil('A fox\nHere is the picture you asked for.\nwith a hat'.length / 4),
      },
      { modality: 'IMAGE', tokenCount: 560 },
    ]);
    const unsigned = structuredClone<readonly object[]>(contents) as {
      parts: { thoughtSignature?: string }[];
    }[];
    delete unsigned[1]?.parts[1]?.thoughtSignature;
    const refused = await post(`/v1beta/models/${MODEL}:generateContent`, { contents: unsigned });
    expect(refused.status).toBe(400);
  });

  it('changes the newest image: the result has its ratio', async () => {
    const picture = async (width: number, height: number) => ({
      inlineData: {
        mimeType: 'image/png',
        data: (
          await sharp({ create: { width, height, channels: 3, background: '#357' } })
            .png()
            .toBuffer()
        ).toString('base64'),
      },
    });
    const wide = await picture(160, 90);
    const tall = await picture(90, 160);
    const reply = await ask({
      contents: [turn('user', { text: 'Look' }, wide), turn('user', { text: 'bluer' }, tall)],
      generationConfig: { responseModalities: ['IMAGE'] },
    });
    const bytes = Buffer.from(partsOf(reply)[0]?.inlineData?.data ?? '', 'base64');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 768, height: 1376 });
  });

  it('draws the user’s last message: an earlier refusal has no effect', async () => {
    const reply = await ask({
      contents: [
        turn('user', { text: '[refuse]' }),
        turn('model', { text: 'I cannot.' }),
        turn('user', { text: 'A fox then' }),
      ],
      systemInstruction: { parts: [{ text: 'Paint in oil.' }] },
    });
    expect(reply.candidates[0].finishReason).toBe('STOP');
  });

  it('counts the system instruction', async () => {
    const contents = [turn('user', { text: 'A fox' })];
    const plain = await ask({ contents });
    const systemInstruction = { parts: [{ text: 'x'.repeat(400) }] };
    const instructed = await ask({ contents, systemInstruction });
    const more = instructed.usageMetadata.promptTokenCount - plain.usageMetadata.promptTokenCount;
    expect(more).toBeGreaterThanOrEqual(100);
  });

  it.each<[string, string, readonly string[] | undefined, string]>([
    ['no modalities', 'A fox', undefined, 'text image'],
    ['both', 'A fox', ['TEXT', 'IMAGE'], 'text image'],
    ['an image alone', 'A fox', ['IMAGE'], 'image'],
    ['text alone', 'A fox', ['TEXT'], 'text'],
    ['a prompt that asks for text', 'A fox [text]', undefined, 'text'],
    ['a prompt that asks for text where only an image is wanted', 'A fox [text]', ['IMAGE'], ''],
  ])('with %s', async (_name, text, responseModalities, expected) => {
    const reply = await ask({
      contents: [turn('user', { text })],
      ...(responseModalities && { generationConfig: { responseModalities } }),
    });
    const kinds = partsOf(reply).map((part) => (part.text === undefined ? 'image' : 'text'));
    expect(kinds.join(' ')).toBe(expected);
    const { usageMetadata } = reply;
    const { candidatesTokenCount, thoughtsTokenCount = 0, promptTokenCount } = usageMetadata;
    expect(usageMetadata.totalTokenCount).toBe(
      promptTokenCount + candidatesTokenCount + thoughtsTokenCount,
    );
    expect('candidatesTokensDetails' in usageMetadata).toBe(expected.includes('image'));
    if (expected === 'text') {
      expect(candidatesTokenCount).toBe(Math.ceil((partsOf(reply)[0]?.text ?? '').length / 4));
    }
    expect(reply.candidates[0].finishReason).toBe(expected === '' ? 'NO_IMAGE' : 'STOP');
  });

  it('streams a text in several events', async () => {
    const response = await post(`/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, {
      contents: [turn('user', { text: '[text]' })],
    });
    const events = (await response.text())
      .split('\r\n\r\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.slice('data: '.length)) as Reply);
    expect(events.map((event) => partsOf(event)[0]?.text)).toEqual([
      'I can describe the picture for you, but I have not made one. ',
      'What should be in it?',
    ]);
    expect(events.map(({ candidates: [{ finishReason }] }) => finishReason)).toEqual([
      undefined,
      'STOP',
    ]);
  });

  it('thinks more at a higher level, and reports the service tier', async () => {
    const thoughts = async (thinkingLevel: string) => {
      const { usageMetadata } = await ask({
        contents: [turn('user', { text: 'A fox' })],
        generationConfig: { thinkingConfig: { thinkingLevel } },
        serviceTier: 'priority',
      });
      expect(usageMetadata.serviceTier).toBe('priority');
      return usageMetadata.thoughtsTokenCount ?? 0;
    };
    expect(await thoughts('MINIMAL')).toBeLessThanOrEqual(40);
    expect(await thoughts('HIGH')).toBeGreaterThanOrEqual(420);
  });

  describe('countTokens', () => {
    const contents = [turn('user', { text: 'x'.repeat(40) })];
    const count = async (body: object, version = 'v1beta') => {
      const response = await post(`/${version}/models/${MODEL}:countTokens`, body);
      return { status: response.status, body: (await response.json()) as object };
    };
    const counted = {
      status: 200,
      body: { totalTokens: 10, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 10 }] },
    };

    it.each(['v1', 'v1beta', 'v1alpha'])('of contents, under /%s', async (version) => {
      expect(await count({ contents }, version)).toEqual(counted);
    });

    it('of a whole request, which names its model', async () => {
      const generateContentRequest = { model: `models/${MODEL}`, contents };
      expect(await count({ generateContentRequest })).toEqual(counted);
      expect(await count({ generateContentRequest: { contents } })).toMatchObject({ status: 400 });
      expect(await count({ contents, generateContentRequest })).toMatchObject({ status: 400 });
    });

    it.each<[string, object, string]>([
      ['nothing', {}, 'contents is not specified'],
      ['an unknown field', { contents, generationConfig: {} }, 'Unknown name "generationConfig"'],
    ])('refuses %s', async (_name, body, message) => {
      const reply = await count(body);
      expect(reply).toMatchObject({ status: 400, body: { error: { status: 'INVALID_ARGUMENT' } } });
      expect(JSON.stringify(reply.body)).toContain(JSON.stringify(message).slice(1, -1));
    });

    it('uses up no fault, since it is free', async () => {
      emulator.injectFault({ kind: 'status', status: 503, count: 1 });
      expect(await count({ contents })).toEqual(counted);
      emulator.reset();
    });
  });
});
