import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import {
  blockedResponse,
  chargedParts,
  finalResponse,
  NOTHING_CHARGED,
  partialResponse,
  refusal,
} from './model-response';
import type { ModelResponse, ResponsePart } from './model-response';
import type { Stage } from './drawing/draft';
import { randomFrom } from './drawing/random';
import { thinks } from './emulator-models';
import type { DecisiveFault } from './fault';
import { Base64 } from './json-bytes';
import type { AcceptedRequest } from './request-check';
import type { Renderer } from './renderer';

/** An accepted call, and the faults that apply to it. */
export interface Generation {
  readonly request: AcceptedRequest;
  readonly fault: DecisiveFault | undefined;
  /** Additional milliseconds for the call; partial images are sent after their share of it. */
  readonly latencyMs: number;
  /** Aborted when the client disconnects: then drawing stops. */
  readonly signal: AbortSignal;
  /** Aborted when stalled calls are to be ended. */
  readonly released: AbortSignal;
}

/** The stages that partial images show, in order. */
const PARTIAL_STAGES: readonly Stage[] = ['sketch', 'underpainting'];

/**
 * A call with this in the prompt is refused, so that a refusal can be tried without the control
 * routes.
 */
const REFUSAL_MARKER = '[refuse]';

/** With this in the prompt, or without IMAGE among the modalities, the model returns only text. */
const TEXT_MARKER = '[text]';

/** The text that it then returns; in a stream each sentence is an event. */
const REMARKS = [
  'I can describe the picture for you, but I have not made one. ',
  'What should be in it?',
] as const;

/**
 * The minimum and maximum number of thinking tokens of a model at each level; `''` if none was
 * sent.
 */
const THOUGHT_TOKENS: Readonly<Record<string, readonly [number, number]>> = {
  '': [80, 420],
  MINIMAL: [8, 40],
  LOW: [60, 160],
  MEDIUM: [160, 420],
  HIGH: [420, 900],
};

const THOUGHT =
  '**Composing the picture**\n\nI am settling the composition and the palette, with a quick draft before the final rendering.\n\n';

/**
 * The response to a non-streaming call.
 * @throws {UnreadableImage} if an input image cannot be decoded
 */
export async function wholeResponse(generation: Generation, renderer: Renderer): Promise<object> {
  const session = begin(generation);
  const refused = await refusedResponse(generation, session.response);
  if (refused !== undefined) {
    return refused;
  }
  const parts: ResponsePart[] = [];
  for await (const { part } of drawParts(generation, renderer, session)) {
    parts.push(part);
  }
  return finalResponse(session.response, joined(parts), chargedParts(parts));
}

/** One event of a streamed response. */
export interface StreamEvent {
  readonly response: object;
  /** The number of images sent so far, including this event's. */
  readonly images: number;
  readonly last: boolean;
}

/**
 * The events of a streaming call, each as soon as it is ready: thoughts and partial images, then
 * text, then the final image in one last event with the finishReason.
 * @throws {UnreadableImage} before the first image, if an input image cannot be decoded
 */
export async function* streamedResponses(
  generation: Generation,
  renderer: Renderer,
): AsyncGenerator<StreamEvent> {
  const session = begin(generation);
  const { response } = session;
  const refused = await refusedResponse(generation, response);
  if (refused !== undefined) {
    yield { response: refused, images: 0, last: true };
    return;
  }
  const sent: ResponsePart[] = [];
  for await (const { part, last } of drawParts(generation, renderer, session)) {
    sent.push(part);
    const event = last
      ? finalResponse(response, [part], chargedParts(sent))
      : partialResponse(response, part);
    yield { response: event, images: sent.filter((one) => 'image' in one).length, last };
  }
}

interface Session {
  readonly response: ModelResponse;
  readonly nonce: string;
  /** Standard base64, like thought signatures; only Google can read them. */
  readonly signature: () => string;
}

function begin({ request }: Generation): Session {
  const nonce =
    request.seed === undefined ? randomBytes(12).toString('base64url') : `seed ${request.seed}`;
  const random = randomFrom(`tokens ${nonce}`);
  const thoughtful = thinks(request.model);
  return {
    nonce,
    signature: () => randomBytes(random.integer(180, 420)).toString('base64'),
    response: {
      request,
      responseId: randomBytes(16).toString('base64url'),
      thoughtTokens: thoughtful ? thoughtTokens(request.thinkingLevel, random) : 0,
      extraTokens: thoughtful ? random.integer(88, 240) : 0,
    },
  };
}

function thoughtTokens(level: string, random: ReturnType<typeof randomFrom>): number {
  const [least, most] = THOUGHT_TOKENS[level] ?? [80, 420];
  return random.integer(least, most);
}

/** A non-streaming response has one part where a stream has several events. */
function joined(parts: readonly ResponsePart[]): readonly ResponsePart[] {
  const whole: ResponsePart[] = [];
  for (const part of parts) {
    const last = whole.at(-1);
    if (last !== undefined && 'text' in last && 'text' in part && last.thought === part.thought) {
      whole[whole.length - 1] = { ...last, text: last.text + part.text };
    } else {
      whole.push(part);
    }
  }
  return whole;
}

async function refusedResponse(
  generation: Generation,
  model: ModelResponse,
): Promise<object | undefined> {
  const { request, fault } = generation;
  const response = (): object | undefined => {
    // If only an image is requested, the model cannot say why there is none.
    if (
      fault?.kind === 'no_image' ||
      (request.prompt.includes(TEXT_MARKER) && !request.wantsText)
    ) {
      return finalResponse(model, [], NOTHING_CHARGED, refusal('NO_IMAGE'));
    }
    if (fault?.kind === 'refusal') {
      return fault.blockReason === undefined
        ? finalResponse(
            model,
            [],
            NOTHING_CHARGED,
            refusal(fault.finishReason ?? 'IMAGE_SAFETY', fault.finishMessage),
          )
        : blockedResponse(model, fault.blockReason);
    }
    return request.prompt.includes(REFUSAL_MARKER)
      ? finalResponse(model, [], NOTHING_CHARGED, refusal('IMAGE_SAFETY'))
      : undefined;
  };
  const refused = response();
  if (refused !== undefined) {
    await pause(generation, generation.latencyMs);
  }
  return refused;
}

interface DrawnPart {
  readonly part: ResponsePart;
  /** No event follows. */
  readonly last: boolean;
}

async function* drawParts(
  generation: Generation,
  renderer: Renderer,
  session: Session,
): AsyncGenerator<DrawnPart> {
  const { request, fault } = generation;
  if (fault?.kind === 'text_only' || !request.wantsImage || request.prompt.includes(TEXT_MARKER)) {
    await pause(generation, generation.latencyMs);
    for (const text of REMARKS) {
      yield { part: { text }, last: text === REMARKS[REMARKS.length - 1] };
    }
    return;
  }
  const thought = PARTIAL_STAGES.slice(0, request.partialImages);
  const unmarked = fault?.kind === 'thought_images' ? PARTIAL_STAGES : [];
  const share = generation.latencyMs / (thought.length + unmarked.length + 1);
  const image = async (stage: Stage): Promise<ResponsePart> => {
    await pause(generation, share);
    const { nonce } = session;
    const bytes = await renderer.draw({ request, nonce, stage, signal: generation.signal });
    const signed = thinks(request.model) ? { signature: session.signature() } : {};
    return { image: new Base64(bytes), mimeType: request.model.mimeType, ...signed };
  };
  for (const [index, stage] of thought.entries()) {
    // The first draft is the first thing that can fail: no event may have been sent by then.
    const draft = await image(stage);
    if (index === 0) {
      yield { part: { text: THOUGHT, thought: true }, last: false };
    }
    yield { part: { ...draft, thought: true }, last: false };
  }
  for (const stage of unmarked) {
    yield { part: await image(stage), last: false };
  }
  const final = await image('final');
  if (request.wantsText) {
    yield { part: { text: 'Here is the picture you asked for.' }, last: false };
  }
  yield { part: spoiled(final, fault), last: true };
}

/** The final image, modified according to the fault. */
function spoiled(part: ResponsePart, fault: DecisiveFault | undefined): ResponsePart {
  if (!('image' in part)) {
    return part;
  }
  switch (fault?.kind) {
    case 'wrong_mime':
      return { ...part, mimeType: part.mimeType === 'image/png' ? 'image/jpeg' : 'image/png' };
    case 'only_thought':
      return { ...part, thought: true };
    case 'not_an_image':
      return { ...part, image: new Base64(Buffer.from('These bytes are not an image.\n')) };
    case 'oversize':
      return { ...part, image: new Base64(part.image.bytes, fault.bytes) };
    default:
      return part;
  }
}

async function pause({ signal }: Generation, ms: number): Promise<void> {
  signal.throwIfAborted();
  if (ms > 0) {
    await delay(ms, undefined, { signal });
  }
}
