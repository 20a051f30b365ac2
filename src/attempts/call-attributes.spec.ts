import type { Account } from '../accounts/account';
import type { TokenCounts } from '../pricing/token-counts';
import {
  describeCall,
  endedCallAttributes,
  type CallOperation,
  type DescribedCall,
} from './call-attributes';

const MODEL = 'gemini-3-pro-image';
const SHARED = { email: 'a@example.com', maxConcurrency: 1, priority: 1, enabled: true } as const;
const VERTEX = {
  ...SHARED,
  provider: 'vertex',
  project: 'secret-project',
  credentials: { kind: 'default' },
} as unknown as Account;
const KEYED: Account = { ...SHARED, provider: 'gemini', apiKey: 'a-key' };

describe('describeCall', () => {
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
    const { name, shared } = describeCall('generate_content', MODEL, account, 'a…a@test');
    expect(name).toBe('generate_content gemini-3-pro-image');
    expect(shared.attributes).toEqual({
      'gen_ai.operation.name': 'generate_content',
      'gen_ai.request.model': MODEL,
      'gen_ai.output.type': 'image',
      'http.request.method': 'POST',
      'easel.account': 'a…a@test',
      'gen_ai.provider.name': provider,
      'server.address': address,
      'server.port': port,
    });
  });
});

describe('describeCall, once more', () => {
  const describe = (...[operation, model, shown]: readonly [CallOperation, string, string?]) =>
    describeCall(operation, model, KEYED, shown);

  it('returns the same object, whose encoding is kept', () => {
    expect(describe('generate_content', MODEL, 'a')).toBe(describe('generate_content', MODEL, 'a'));
  });

  it.each<[string, [CallOperation, string, string?], object]>([
    ['another operation', ['count_tokens', MODEL, 'a'], { 'gen_ai.output.type': undefined }],
    ['another model', ['generate_content', 'other', 'a'], { 'gen_ai.request.model': 'other' }],
    ['another name', ['generate_content', MODEL, 'b'], { 'easel.account': 'b' }],
    ['no name', ['generate_content', MODEL], { 'easel.account': undefined }],
  ])('describes %s', (_what, other, expected) => {
    const before = describe('generate_content', MODEL, 'a').shared.attributes;
    expect(describe(...other).shared.attributes).toMatchObject(expected);
    expect(describe('generate_content', MODEL, 'a').shared.attributes).toEqual(before);
  });
});

describe('endedCallAttributes', () => {
  const counts: TokenCounts = {
    input: 10,
    imageInput: 4,
    textOutput: 70,
    imageOutput: 1120,
    thoughts: 70,
    serviceTier: undefined,
  };

  const call: DescribedCall = {
    waitMs: 0,
    resendCount: 0,
    model: MODEL,
    modelVersion: undefined,
    finishReasons: undefined,
    counts: undefined,
    errorType: undefined,
  };

  it('has the tokens, thoughts among the output', () => {
    const described = { ...call, counts, modelVersion: MODEL, finishReasons: ['STOP'] };
    expect(endedCallAttributes({ ...described, waitMs: 7, resendCount: 2 })).toEqual({
      'http.request.resend_count': 2,
      'gen_ai.response.model': 'gemini-3-pro-image',
      'gen_ai.response.finish_reasons': ['STOP'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.image.input_tokens': 4,
      'gen_ai.usage.output_tokens': 1190,
      'gen_ai.usage.image.output_tokens': 1120,
      'gen_ai.usage.reasoning.output_tokens': 70,
      'error.type': undefined,
      'easel.wait_ms': 7,
    });
  });

  it.each([
    ['gemini-3-pro-image-002', ['STOP', 'STOP']],
    [MODEL, ['IMAGE_SAFETY']],
    [MODEL, ['STOP', 'OTHER']],
  ])('has what the response says: %s, %j', (modelVersion, finishReasons) => {
    expect(endedCallAttributes({ ...call, modelVersion, finishReasons })).toMatchObject({
      'gen_ai.response.model': modelVersion,
      'gen_ai.response.finish_reasons': finishReasons,
    });
  });

  it.each<[string, DescribedCall]>([
    ['nothing is said', call],
    ['no reason is said', { ...call, finishReasons: [] }],
    ['what is said is no name', { ...call, modelVersion: 'a prompt, at length' }],
  ])('has nothing where %s', (_name, described) => {
    expect(Object.values(endedCallAttributes(described)).filter(Boolean)).toEqual([]);
  });
});
