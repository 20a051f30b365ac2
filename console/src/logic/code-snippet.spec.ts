import { codeSnippet, LANGUAGES, type Snippet } from './code-snippet';

const SNIPPET: Snippet = {
  route: 'generations',
  body: { model: 'gemini-3-pro-image', prompt: 'It\'s "late"\n\'@', n: 2, aspect_ratio: '16:9' },
  images: 0,
  hasMask: false,
  baseUrl: 'https://images.example.com',
  idempotencyKey: undefined,
  isStreamed: false,
};

describe.each(LANGUAGES)('as %s', (language) => {
  it('reads the key, and has none', () => {
    expect(codeSnippet(language, SNIPPET)).toContain('EASEL_API_KEY');
  });

  it('is safe to send twice when one says so', () => {
    const code = codeSnippet(language, { ...SNIPPET, idempotencyKey: 'abc-1' });
    expect(code).toContain('Idempotency-Key');
    expect(code).toContain('abc-1');
    expect(codeSnippet(language, SNIPPET)).not.toContain('Idempotency-Key');
  });

  it('takes images and the mask from files', () => {
    const code = codeSnippet(language, {
      ...SNIPPET,
      route: 'edits',
      images: 2,
      hasMask: true,
    });
    for (const word of ['input-1.png', 'input-2.png', 'mask.png']) {
      expect(code).toContain(word);
    }
    expect(code).toMatch(/edit/);
  });

  it('varies one image, with no words', () => {
    const body = { model: 'gemini-3-pro-image', aspect_ratio: '16:9' };
    const code = codeSnippet(language, { ...SNIPPET, body, route: 'variations', images: 1 });
    expect(code).toMatch(/variation/i);
    expect(code).toContain('input-1.png');
    expect(code).not.toMatch(/prompt|image\[\]/);
  });
});

it.each([
  ['curl', `It'\\''s \\"late\\"\\n'\\''@`],
  ['PowerShell', `It's \\"late\\"\\n'@`],
  ['Python', `prompt="It's \\"late\\"\\n'@"`],
  ['Node', `prompt: "It's \\"late\\"\\n'@"`],
] as const)('quotes the prompt as %s needs it', (language, expected) => {
  expect(codeSnippet(language, SNIPPET)).toContain(expected);
});

it('puts what is Easel’s own into extra_body', () => {
  expect(codeSnippet('Python', SNIPPET)).toContain(
    'extra_body={\n        "aspect_ratio": "16:9",\n    }',
  );
});
