import type { FormPart } from '../pictures';

/** What a response has to be for the client to go on. */
interface Wanted {
  readonly member: 'b64_json' | 'url';
  readonly count?: number;
  readonly ratio?: string;
  readonly tier?: string;
  readonly format?: string;
}

interface GenerationRequest {
  readonly client: string;
  readonly body: object;
  readonly wanted: Wanted;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

interface EditRequest {
  readonly client: string;
  /** `IMAGE` stands for the bytes of a file. */
  readonly parts: readonly FormPart[];
  readonly images: number;
}

/** Requests as the sources of programs build them that cannot be run here. */
export const GENERATIONS: readonly GenerationRequest[] = [
  {
    client: 'Open WebUI',
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      n: 1,
      size: '512x512',
      response_format: 'b64_json',
      steps: 30,
    },
    wanted: { member: 'b64_json', ratio: '1:1' },
    headers: { 'x-openwebui-user-name': 'somebody' },
    query: '?api-version=2025-04-01',
  },
  {
    client: 'LibreChat, GPT Image',
    body: {
      model: 'gpt-image-1',
      prompt: 'x',
      n: 1,
      background: 'auto',
      output_format: 'png',
      quality: 'auto',
      size: 'auto',
    },
    wanted: { member: 'b64_json', ratio: '1:1', tier: 'default', format: 'png' },
  },
  {
    client: 'LibreChat, DALL·E 3',
    body: {
      model: 'dall-e-3',
      quality: 'standard',
      style: 'vivid',
      size: '1792x1024',
      prompt: 'x',
      n: 1,
    },
    wanted: { member: 'url', ratio: '16:9', tier: 'default' },
  },
  {
    client: 'LobeChat',
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      n: 1,
      aspectRatio: '16:9',
      seed: null,
      steps: 20,
      cfg: 3.5,
    },
    wanted: { member: 'b64_json', ratio: '16:9' },
  },
  {
    client: 'Cherry Studio, chat',
    body: { model: 'gemini-3-pro-image', prompt: 'x', response_format: 'b64_json' },
    wanted: { member: 'b64_json' },
  },
  {
    client: 'Cherry Studio, painting',
    body: {
      prompt: 'x',
      model: 'gpt-image-1',
      size: '1536x1024',
      background: 'opaque',
      n: 2,
      quality: 'medium',
      moderation: 'low',
    },
    wanted: { member: 'b64_json', count: 2, ratio: '3:2', tier: '2K' },
  },
  {
    client: "Cherry Studio, SiliconFlow's dialect",
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      negative_prompt: 'y',
      image_size: '720x1280',
      batch_size: 2,
      seed: 7,
      num_inference_steps: 25,
      guidance_scale: 4.5,
      prompt_enhancement: false,
    },
    wanted: { member: 'b64_json', count: 2, ratio: '9:16' },
  },
  {
    client: 'Cherry Studio, values typed by its user',
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      size: '6144x2048',
      quality: 'max',
      n: 1,
      response_format: 'b64_json',
    },
    wanted: { member: 'b64_json', ratio: '21:9', tier: 'default' },
  },
  {
    client: 'Roo Code and Kilo Code',
    body: {
      model: 'gemini-3-pro-image',
      prompt: 'x',
      n: 1,
      output_format: 'png',
      providerOptions: { blackForestLabs: { width: 1024 } },
    },
    wanted: { member: 'b64_json', format: 'png' },
    headers: { 'http-referer': 'https://code.example', 'x-title': 'Code' },
  },
  {
    client: 'NextChat',
    body: {
      model: 'dall-e-3',
      prompt: 'x',
      response_format: 'b64_json',
      n: 1,
      size: '768x1344',
      quality: 'hd',
      style: 'vivid',
    },
    wanted: { member: 'b64_json', ratio: '9:16', tier: '4K' },
    headers: { origin: 'https://chat.example' },
  },
  {
    client: 'n8n',
    body: { prompt: 'x', model: 'dall-e-3', response_format: 'b64_json', quality: 'hd' },
    wanted: { member: 'b64_json', tier: '4K' },
  },
  {
    client: 'Dify',
    body: { model: 'dall-e-2', prompt: 'x', n: 1, size: '512x512', response_format: 'b64_json' },
    wanted: { member: 'b64_json', ratio: '1:1' },
  },
  {
    client: 'openai-dotnet',
    body: { prompt: 'x', model: 'gpt-image-1', n: 1, output_format: 'png', size: '1024x1024' },
    wanted: { member: 'b64_json', format: 'png' },
    headers: { accept: 'application/json, text/event-stream' },
  },
];

export const EDITS: readonly EditRequest[] = [
  {
    client: 'Open WebUI',
    parts: [
      ['model', 'gpt-image-1'],
      ['prompt', 'x'],
      ['n', '1'],
      ['size', 'auto'],
      ['response_format', 'b64_json'],
      ['image', 'IMAGE', '5b0c1a2e.png'],
    ],
    images: 1,
  },
  {
    client: 'LibreChat',
    parts: [
      ['model', 'gpt-image-1'],
      ['prompt', 'x'],
      ['quality', 'auto'],
      ['size', 'auto'],
      ['image[]', 'IMAGE', 'a.png'],
    ],
    images: 1,
  },
  {
    client: 'LobeChat',
    parts: [
      ['model', 'gpt-image-1'],
      ['prompt', 'x'],
      ['n', '1'],
      ['input_fidelity', 'high'],
      ['image[]', 'IMAGE', 'a.png'],
      ['image[]', 'IMAGE', 'b.png'],
    ],
    images: 2,
  },
  {
    client: 'Cherry Studio, chat',
    parts: [
      ['model', 'gemini-3-pro-image'],
      ['image[]', 'IMAGE', 'assistant_image.png'],
      ['prompt', 'x'],
    ],
    images: 1,
  },
  {
    client: 'Cherry Studio, painting',
    parts: [
      ['prompt', 'x'],
      ['model', 'gpt-image-1'],
      ['image', 'IMAGE', 'a.png'],
      ['image', 'IMAGE', 'b.png'],
    ],
    images: 2,
  },
  {
    client: 'n8n',
    parts: [
      ['model', 'gpt-image-1'],
      ['prompt', 'x'],
      ['n', '1'],
      ['size', 'auto'],
      ['quality', 'auto'],
      ['background', 'auto'],
      ['input_fidelity', 'high'],
      ['output_format', 'png'],
      ['output_compression', '100'],
      ['image[]', 'IMAGE', 'file'],
    ],
    images: 1,
  },
];
