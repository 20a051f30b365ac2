import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { blockedResponse, chargedImages, finalResponse, interimResponse, refusal } from './answer';
import type { Answer, AnswerPart } from './answer';
import { randomFrom } from './drawing/random';
import type { DecisiveFault } from './fault';
import { Base64 } from './json-bytes';
import type { AcceptedRequest } from './request-check';
import type { Studio } from './studio';

/** A call that was accepted, and what it is to suffer. */
export interface Generation {
  readonly request: AcceptedRequest;
  readonly fault: DecisiveFault | undefined;
  /** Extra milliseconds for each image made, the drafts included. */
  readonly imageLatencyMs: number;
  /** Extra milliseconds for the call as a whole. */
  readonly callLatencyMs: number;
  /** Aborted when the client has gone: nothing is drawn for nobody. */
  readonly signal: AbortSignal;
}

/** With this in the prompt a call is refused, so that people can see a refusal without any control. */
const REFUSAL_MARKER = '[refuse]';

const THOUGHT =
  '**Composing the picture**\n\nI am settling the composition and the palette, with a quick pencil draft before the final rendering.\n\n';

/**
 * The answer to a plain call.
 * @throws {UnreadableImage} when an input image cannot be decoded
 */
export async function wholeResponse(generation: Generation, studio: Studio): Promise<object> {
  const session = begin(generation);
  const refused = await refusedResponse(generation, session.answer);
  if (refused !== undefined) {
    return refused;
  }
  const parts: AnswerPart[] = [];
  for await (const part of drawParts(generation, studio, session)) {
    parts.push(part);
  }
  return finalResponse(session.answer, parts, chargedImages(parts));
}

/**
 * The events of a streamed call, each as soon as it is there: thoughts, then text, then the whole image
 * in one last event with the finishReason.
 * @throws {UnreadableImage} before the first image, when an input image cannot be decoded
 */
export async function* streamedResponses(
  generation: Generation,
  studio: Studio,
): AsyncGenerator<object> {
  const session = begin(generation);
  const refused = await refusedResponse(generation, session.answer);
  if (refused !== undefined) {
    yield refused;
    return;
  }
  let images = 0;
  let held: AnswerPart | undefined;
  for await (const part of drawParts(generation, studio, session)) {
    if (held !== undefined) {
      yield interimResponse(session.answer, held);
    }
    held = part;
    images += chargedImages([part]);
  }
  yield finalResponse(session.answer, held === undefined ? [] : [held], images);
}

interface Session {
  readonly answer: Answer;
  readonly nonce: string;
  /** Standard base64, as thought signatures are; nobody can read them but Google. */
  readonly signature: () => string;
}

function begin({ request }: Generation): Session {
  const nonce =
    request.seed === undefined ? randomBytes(12).toString('base64url') : `seed ${request.seed}`;
  const random = randomFrom(`tokens ${nonce}`);
  const thinks = request.model.thinkingLevels.length > 0;
  return {
    nonce,
    signature: () => randomBytes(random.integer(180, 420)).toString('base64'),
    answer: {
      request,
      responseId: randomBytes(16).toString('base64url'),
      thoughtTokens: thinks ? random.integer(80, 420) : 0,
      extraTokens: thinks ? random.integer(88, 240) : 0,
    },
  };
}

async function refusedResponse(
  generation: Generation,
  answer: Answer,
): Promise<object | undefined> {
  const { request, fault } = generation;
  const response = (): object | undefined => {
    if (fault?.kind === 'no_image') {
      return finalResponse(answer, [], 0, refusal('NO_IMAGE'));
    }
    if (fault?.kind === 'refusal') {
      return fault.blockReason === undefined
        ? finalResponse(
            answer,
            [],
            0,
            refusal(fault.finishReason ?? 'IMAGE_SAFETY', fault.finishMessage),
          )
        : blockedResponse(answer, fault.blockReason);
    }
    return request.prompt.includes(REFUSAL_MARKER)
      ? finalResponse(answer, [], 0, refusal('IMAGE_SAFETY'))
      : undefined;
  };
  const refused = response();
  if (refused !== undefined) {
    await pause(generation, generation.imageLatencyMs + generation.callLatencyMs);
  }
  return refused;
}

async function* drawParts(
  generation: Generation,
  studio: Studio,
  session: Session,
): AsyncGenerator<AnswerPart> {
  const { request, fault } = generation;
  const kind = fault?.kind;
  if (kind === 'text_only') {
    await pause(generation, generation.imageLatencyMs + generation.callLatencyMs);
    yield { text: 'I can describe the picture for you, but I have not made one.' };
    return;
  }
  const unmarkedDrafts = kind === 'thought_images' ? 2 : 0;
  const images = unmarkedDrafts + (request.includeThoughts ? 2 : 1);
  const latencyMs = generation.imageLatencyMs + generation.callLatencyMs / images;
  const image = async (nonce: string, draft: boolean): Promise<AnswerPart> => {
    await pause(generation, latencyMs);
    const bytes = await studio.draw({ request, nonce, draft, signal: generation.signal });
    const signed =
      request.model.thinkingLevels.length === 0 ? {} : { signature: session.signature() };
    return { image: new Base64(bytes), mimeType: request.model.mimeType, ...signed };
  };
  if (request.includeThoughts) {
    // The draft is the first thing that can fail: no event may have been sent by then.
    const draft = await image(session.nonce, true);
    yield { text: THOUGHT, thought: true };
    yield { ...draft, thought: true };
  }
  for (let draft = 1; draft <= unmarkedDrafts; draft += 1) {
    yield await image(`${session.nonce} draft ${draft}`, true);
  }
  const final = await image(session.nonce, false);
  if (request.wantsText) {
    yield { text: 'Here is the picture you asked for.' };
  }
  yield spoiled(final, fault);
}

/** The final image as the fault wants it. */
function spoiled(part: AnswerPart, fault: DecisiveFault | undefined): AnswerPart {
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
