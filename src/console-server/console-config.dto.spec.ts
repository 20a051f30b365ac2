import { loadConfig } from '../config/app-config';
import type { Consumer } from '../context/consumer';
import { toConsoleConfig } from './console-config.dto';

function configOf(environment: Record<string, string> = {}) {
  return loadConfig({
    environment,
    readFile: () => '',
    isKnownModel: () => true,
    consumerFaults: () => [],
    accountFaults: () => [],
  });
}

const MEMBER: Consumer = { name: 'design', role: 'member', enabled: true };

describe('toConsoleConfig', () => {
  it.each([
    [['emulator', 'emulator'], true],
    [['emulator', 'gemini'], false],
    [['vertex'], false],
    [[], false],
  ])('with accounts of %j the emulator draws: %s', (providers, expected) => {
    expect(toConsoleConfig(configOf(), undefined, providers).emulator).toBe(expected);
  });

  it('offers what the consumer may do', () => {
    const models = ['gemini-3.1-flash-image', 'gemini-2.5-flash-image'];
    const limits = { imagesPerMinute: 4 };
    const consumer = { ...MEMBER, models, maxImageSize: '1K', limits };
    expect(toConsoleConfig(configOf(), consumer, [])).toMatchObject({
      consumer: 'design',
      role: 'member',
      default_model: 'gemini-3.1-flash-image',
      max_images: 4,
      models: [
        {
          id: 'gemini-3.1-flash-image',
          image_sizes: ['512', '1K'],
          withheld_image_sizes: ['2K', '4K'],
          qualities: [],
          complexities: ['low', 'high'],
        },
        {
          id: 'gemini-2.5-flash-image',
          image_sizes: [],
          withheld_image_sizes: [],
          qualities: [],
          complexities: [],
        },
      ],
    });
  });

  it.each<[Record<string, string>, object]>([
    [{}, { ledger: true, image_store: false, api_keys: 'off' }],
    [
      { DATABASE_URL: 'off', IMAGE_STORE: 'disk' },
      { ledger: false, image_store: true },
    ],
    [{ PROXY_API_KEY: 'sk-0123456789abcdef' }, { api_keys: 'all_except_health' }],
    [{ QUALITY_ALIASES: 'ultra=4K' }, { models: [{ qualities: ['hd', 'medium', 'ultra'] }] }],
  ])('%j is %j', (environment, expected) => {
    const consumer = { ...MEMBER, models: ['gemini-3-pro-image'] };
    expect(toConsoleConfig(configOf(environment), consumer, [])).toMatchObject(expected);
  });
});
