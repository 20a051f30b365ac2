import type {
  CompletedEvent,
  GatewayError,
  ImagesResponse,
  PartialEvent,
  TokenUsage,
} from '../api/types';
import { retryAfterMs, UNREACHABLE, type Failure } from '../logic/error-words';
import { decodeBase64 } from './base64';
import { EventSplitter } from './event-splitter';
import { headerText } from './header-text';
import type { ResponseFacts, StartMessage, StopMessage, WorkerMessage } from './messages';

/** The grid shows no picture larger than this; the original is decoded only when it is opened. */
const PREVIEW_SIDE = 1024;

const running = new Map<string, AbortController>();

self.addEventListener('message', ({ data }: MessageEvent<StartMessage | StopMessage>) => {
  if (data.type === 'stop') {
    running.get(data.id)?.abort();
    return;
  }
  void run(data);
});

async function run(start: StartMessage): Promise<void> {
  const controller = new AbortController();
  running.set(start.id, controller);
  try {
    await ask(start, controller.signal);
  } catch {
    if (!controller.signal.aborted) {
      tell({ type: 'failed', id: start.id, failure: UNREACHABLE });
    }
  } finally {
    running.delete(start.id);
  }
}

async function ask(start: StartMessage, signal: AbortSignal): Promise<void> {
  const { id } = start;
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (start.key !== '') {
    headers['authorization'] = `Bearer ${start.key}`;
  }
  const hasForm = start.images.length > 0;
  if (!hasForm) {
    headers['content-type'] = 'application/json';
  }
  const body = hasForm ? formOf(start) : JSON.stringify(start.body);
  const response = await fetch(start.url, { method: 'POST', headers, body, signal });
  const facts = factsOf(response.headers);
  if (!response.ok || response.body === null) {
    const text = await response.text();
    tell({ type: 'failed', id, failure: failureOf(response, text, facts.requestId) });
    return;
  }
  tell({ type: 'facts', id, facts });
  if (response.headers.get('content-type')?.startsWith('application/json')) {
    // A variation has no stream.
    const cost = response.headers.get('x-cost-usd');
    await tellOnly(id, (await response.json()) as ImagesResponse, cost);
    return;
  }

  const events = new EventSplitter();
  const text = response.body.pipeThrough(new TextDecoderStream());
  let isOver = false;
  for await (const piece of text as unknown as AsyncIterable<string>) {
    for (const event of events.push(piece)) {
      isOver = (await handle(id, event, facts.requestId)) || isOver;
    }
  }
  if (!isOver) {
    tell({ type: 'failed', id, failure: { ...UNREACHABLE, requestId: facts.requestId } });
  }
}

/** Returns whether the event was the last relevant one. */
async function handle(id: string, text: string, requestId: string): Promise<boolean> {
  const event = JSON.parse(text) as
    | (PartialEvent & { type: string })
    | (CompletedEvent & { type: string })
    | { type: 'error'; error: GatewayError };
  if ('error' in event) {
    const { message, type, param, code } = event.error;
    const status = code === 'upstream_timeout' ? 504 : type === 'server_error' ? 502 : 400;
    const isLimit = code === 'rate_limit_exceeded' || code === 'insufficient_quota';
    tell({
      type: 'failed',
      id,
      failure: { status: isLimit ? 429 : status, message, type, param, code, requestId },
    });
    return true;
  }
  if ('partial_image_index' in event) {
    const type = `image/${event.output_format}`;
    const blob = new Blob([decodeBase64(event.b64_json)], { type });
    tell({ type: 'interim', id, number: event.partial_image_index + 1, blob });
    return false;
  }
  await tellMade(id, event.b64_json, event.output_format, event.usage);
  return true;
}

async function tellOnly(
  id: string,
  { data, usage, output_format }: ImagesResponse,
  cost: string | null,
): Promise<void> {
  const [first] = data;
  if (first?.b64_json === undefined) {
    throw new Error('a response without an image');
  }
  const withCost = usage && { ...usage, ...(cost !== null && { cost: Number(cost) }) };
  await tellMade(id, first.b64_json, output_format, withCost);
}

async function tellMade(
  id: string,
  base64: string,
  format: string,
  usage: TokenUsage | undefined,
): Promise<void> {
  const blob = new Blob([decodeBase64(base64)], { type: `image/${format}` });
  const { preview, width, height } = await previewOf(blob);
  tell({ type: 'made', id, image: { blob, preview, width, height, format, usage } });
}

async function previewOf(blob: Blob) {
  const whole = await createImageBitmap(blob);
  const { width, height } = whole;
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  }
  whole.close();
  const preview = await canvas.convertToBlob({ type: 'image/webp', quality: 0.85 });
  return { preview, width, height };
}

function formOf({ body, images, imageField, mask }: StartMessage): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) {
    form.set(name, String(value));
  }
  images.forEach((image, index) => {
    form.append(imageField, image, `image-${index + 1}.${image.type.split('/')[1] ?? 'png'}`);
  });
  if (mask !== undefined) {
    form.set('mask', mask, 'mask.png');
  }
  return form;
}

function factsOf(headers: Headers): ResponseFacts {
  const text = (name: string) => headers.get(name) ?? '';
  return {
    requestId: text('x-request-id'),
    account: headerText(text('x-account-email')),
    model: text('x-image-model'),
    ratio: text('x-image-aspect-ratio'),
    size: text('x-image-size'),
    // Browsers join repeated header lines with commas; a warning begins with a field or a word.
    warnings: text('x-mapping-warning') === '' ? [] : [text('x-mapping-warning')],
  };
}

function failureOf(response: Response, text: string, requestId: string): Failure {
  const wait = retryAfterMs(response.headers.get('retry-after'), Date.now());
  const cost = response.headers.get('x-cost-usd');
  const rest = {
    status: response.status,
    requestId,
    ...(cost !== null && { costUsd: Number(cost) }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
  try {
    const { message, type, param, code } = (JSON.parse(text) as { error: GatewayError }).error;
    return { ...rest, message, type, param, code };
  } catch {
    // Not Easel's object: a proxy in front of it has responded.
    return { ...rest, message: '', type: 'server_error', param: null, code: null };
  }
}

function tell(message: WorkerMessage): void {
  self.postMessage(message);
}
