// OpenRouter's own clients of its Image API: node scenario.mjs BASE_URL SCENARIO FOLDER. Prints what the
// scenario gave, as JSON.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { OpenRouter } from '@openrouter/sdk';
import { generateImage } from 'ai';

const [baseURL, scenario, folder] = process.argv.slice(2);
const provider = createOpenRouter({ baseURL, apiKey: 'any' });
const model = provider.imageModel('google/gemini-3-pro-image');
const sdk = new OpenRouter({ serverURL: baseURL, apiKey: 'any' });
const prompt = 'a boat';

async function withProvider(options) {
  const { images, usage } = await generateImage({ model, prompt, maxRetries: 0, ...options });
  return { images: images.map(({ base64, mediaType }) => ({ base64, mediaType })), usage };
}

async function streamed() {
  const events = [];
  const stream = await sdk.images.generate({
    imageGenerationRequest: { model: 'google/gemini-3-pro-image', prompt, n: 2, stream: true },
  });
  for await (const event of stream) {
    events.push(event.data ?? event);
  }
  return { events };
}

const scenarios = {
  generate: () =>
    withProvider({
      n: 2,
      aspectRatio: '21:9',
      seed: 7,
      providerOptions: { openrouter: { resolution: '2K' } },
    }),
  edit: async () =>
    withProvider({
      prompt: { text: 'at night', images: [await readFile(join(folder, 'one.png'))] },
    }),
  size: () => withProvider({ size: '1920x1080' }),
  refused: () => withProvider({ prompt: '[refuse] x' }),
  sdk: async () => ({
    whole: await sdk.images.generate({
      imageGenerationRequest: { model: 'google/gemini-3-pro-image', prompt, resolution: '4K' },
    }),
  }),
  streamed,
  models: () => sdk.images.listModels(),
};

try {
  process.stdout.write(JSON.stringify(await scenarios[scenario]()));
} catch (error) {
  const { name, message, statusCode, responseBody } = error;
  process.stdout.write(JSON.stringify({ error: { name, message, statusCode, responseBody } }));
}
