import type { Account } from '../accounts/account';
import type { TokenCounts } from '../pricing/token-counts';
import { accountAttributes, responseAttributes } from './call-attributes';

const SHARED = { email: 'a@example.com', maxConcurrency: 1, priority: 1, enabled: true } as const;
const VERTEX = {
  ...SHARED,
  provider: 'vertex',
  project: 'secret-project',
  credentials: { kind: 'default' },
} as unknown as Account;
const KEYED: Account = { ...SHARED, provider: 'gemini', apiKey: 'a-key' };

describe('accountAttributes', () => {
  it.each<[string, Account, string, string, number]>([
    ['the Developer API', KEYED, 'gcp.gemini', 'generativelanguage.googleapis.com', 443],
    [
      'another server',
      { ...KEYED, baseUrl: 'http://proxy.example:8080/google' },
      'gcp.gemini',
      'proxy.example',
      8080,
    ],
    [
      'the emulator',
      { ...KEYED, provider: 'emulator', baseUrl: 'http://127.0.0.1' },
      'gcp.gemini',
      '127.0.0.1',
      80,
    ],
    [
      'Vertex AI',
      { ...VERTEX, location: 'global' } as Account,
      'gcp.vertex_ai',
      'aiplatform.googleapis.com',
      443,
    ],
    [
      'a region of it',
      { ...VERTEX, location: 'us-central1' } as Account,
      'gcp.vertex_ai',
      'us-central1-aiplatform.googleapis.com',
      443,
    ],
  ])('of %s', (_name, account, provider, address, port) => {
    const attributes = accountAttributes(account, 'gemini-3-pro-image');
    expect(attributes).toEqual({
      'gen_ai.provider.name': provider,
      'server.address': address,
      'server.port': port,
    });
  });
});

describe('responseAttributes', () => {
  const counts: TokenCounts = {
    input: 10,
    imageInput: 4,
    textOutput: 70,
    imageOutput: 1120,
    thoughts: 70,
    serviceTier: undefined,
  };

  it('has the tokens, thoughts among the output', () => {
    const modelVersion = 'gemini-3-pro-image';
    expect(responseAttributes({ counts, modelVersion, finishReasons: ['STOP'] })).toEqual({
      'gen_ai.response.model': 'gemini-3-pro-image',
      'gen_ai.response.finish_reasons': ['STOP'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.image.input_tokens': 4,
      'gen_ai.usage.output_tokens': 1190,
      'gen_ai.usage.image.output_tokens': 1120,
      'gen_ai.usage.reasoning.output_tokens': 70,
    });
  });

  it.each<[string, Parameters<typeof responseAttributes>[0]]>([
    ['nothing is said', { counts: undefined, modelVersion: undefined }],
    ['what is said is no name', { counts: undefined, modelVersion: 'a prompt, at length' }],
  ])('has nothing where %s', (_name, response) => {
    expect(Object.values(responseAttributes(response)).filter(Boolean)).toEqual([]);
  });
});
