import { writeFile } from 'node:fs/promises';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: 'http://127.0.0.1:8045/v1', apiKey: 'none' });
const { data: images, response } = await client.images
  .generate({ model: 'gemini-3-pro-image', prompt: 'A paper crane', size: '1080x1920' })
  .withResponse();
await writeFile('crane.jpg', Buffer.from(images.data[0].b64_json, 'base64'));
console.log(images.size, 'made by', response.headers.get('x-account-email'));
