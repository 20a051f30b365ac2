// OpenRouter's provider for the AI SDK, in a process of its own: node scenario.mjs BASE_URL SCENARIO. Prints what the
// scenario gave, as JSON.
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { APICallError, generateText, streamText } from 'ai';

const [baseURL, scenario] = process.argv.slice(2);
const openrouter = createOpenRouter({ baseURL, apiKey: 'any' });
const model = openrouter.chat('google/gemini-3-pro-image');
const image =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAMAAACdt4HsAAAAA1BMVEU6fKWrsDwBAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAG0lEQVRYw+3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAEZszF2AAAAAElFTkSuQmCC';

const filesOf = (files) => files.map(({ mediaType, base64 }) => ({ mediaType, base64 }));

const scenarios = {
  whole: async () => {
    const { text, files, usage, finishReason } = await generateText({ model, prompt: 'a boat' });
    return { text, files: filesOf(files), usage, finishReason };
  },
  configured: async () => {
    const { files } = await generateText({
      model,
      prompt: 'a boat',
      providerOptions: {
        openrouter: { modalities: ['image', 'text'], image_config: { aspect_ratio: '16:9' } },
      },
    });
    return { files: filesOf(files) };
  },
  stream: async () => {
    const result = streamText({ model, prompt: 'a boat', onError: () => undefined });
    const text = await result.text;
    return { text, files: filesOf(await result.files), finishReason: await result.finishReason };
  },
  edit: async () => {
    const content = [
      { type: 'text', text: 'at night' },
      { type: 'image', image, mediaType: 'image/png' },
    ];
    const { files } = await generateText({ model, messages: [{ role: 'user', content }] });
    return { files: filesOf(files) };
  },
  refused: () => generateText({ model, prompt: 'a boat', maxRetries: 0 }),
};

let printed;
try {
  printed = await scenarios[scenario]();
} catch (error) {
  const { name, message, statusCode } = error;
  printed = { error: { name, message, statusCode, isApiCall: APICallError.isInstance(error) } };
}
process.stdout.write(JSON.stringify(printed));
