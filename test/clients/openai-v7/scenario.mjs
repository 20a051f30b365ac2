// The openai package 7.x, which wants a newer Node than Easel does, and so runs in a process of its
// own: node scenario.mjs BASE_URL SCENARIO FOLDER. Prints what the scenario gave, as JSON.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI, { APIError, toFile } from 'openai';

const [baseURL, scenario, folder] = process.argv.slice(2);
const openai = new OpenAI({ baseURL, apiKey: 'any' });
const model = 'gpt-image-1';
const stream = true;
const inFolder = (name) => join(folder, name);

/** Waits for less time than its images take, and retries twice. */
const impatient = (members) => {
  const client = new OpenAI({ baseURL, apiKey: 'any', timeout: 3000, maxRetries: 2 });
  return Object.assign(client, members).images.generate({ model, prompt: 'a boat', n: 4 });
};

const scenarios = {
  impatient: () => impatient({}),
  impatient_with_keys: () => impatient({ idempotencyHeader: 'Idempotency-Key' }),
  base64: () => openai.images.generate({ model, prompt: 'a boat', n: 2, quality: 'medium' }),
  url: () => openai.images.generate({ model: 'dall-e-3', prompt: 'a boat' }),
  file: async () =>
    openai.images.edit({
      model,
      prompt: 'at night',
      image: await toFile(await readFile(inFolder('one.png')), 'one.png'),
    }),
  streamedFile: () =>
    openai.images.edit({
      model,
      prompt: 'at night',
      image: createReadStream(inFolder('two.jpg')),
    }),
  streamedFiles: () =>
    openai.images.edit({
      model,
      prompt: 'side by side',
      image: ['two.jpg', 'one.png'].map((name) => createReadStream(inFolder(name))),
    }),
  mask: () =>
    openai.images.edit({
      model,
      prompt: 'a lighthouse',
      image: createReadStream(inFolder('one.png')),
      mask: createReadStream(inFolder('mask.png')),
    }),
  variation: () =>
    openai.images.createVariation({
      image: createReadStream(inFolder('one.png')),
      response_format: 'b64_json',
    }),
  generateStream: () =>
    openai.images.generate({ model, prompt: 'a boat', n: 2, stream, partial_images: 1 }),
  editStream: () =>
    openai.images.edit({
      model,
      prompt: 'at night',
      image: createReadStream(inFolder('one.png')),
      stream,
      partial_images: 1,
    }),
  fault: () => openai.images.generate({ model, prompt: 'a boat', n: 0 }),
};

const result = { response: undefined, events: [], error: undefined };
try {
  const response = await scenarios[scenario]();
  if (Symbol.asyncIterator in response) {
    for await (const event of response) {
      result.events.push(event);
    }
  } else {
    result.response = response;
    result.requestId = response._request_id;
  }
} catch (error) {
  if (!(error instanceof APIError)) {
    throw error;
  }
  const { name, status, code, param, type, requestID } = error;
  result.error = { name: error.constructor.name || name, status, code, param, type, requestID };
}
process.stdout.write(JSON.stringify(result));
