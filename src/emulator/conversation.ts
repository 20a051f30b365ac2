import type { EmulatorModel } from './emulator-models';
import type { InputImage } from './input-image';
import type { ProtoMessage } from './proto-json';
import { bytesOf, messageOf, messagesOf, stringOf } from './proto-member';

/** The content of a request's turns. */
export interface Conversation {
  /** The user's last text, which is drawn. */
  readonly prompt: string;
  /** All images, those of the last turn first, then backwards: the first one is edited. */
  readonly images: readonly InputImage[];
  /** The tokens of all texts, including the system instruction. */
  readonly textTokens: number;
}

const CHARACTERS_PER_TOKEN = 4;

export function conversationOf(message: ProtoMessage): Conversation {
  const turns = messagesOf(message, 'contents');
  const asked = turns.findLast(
    (turn) => stringOf(turn, 'role') !== 'model' && textsOf(turn).length > 0,
  );
  const system = messageOf(message, 'systemInstruction');
  const texts = [...(system === undefined ? [] : [system]), ...turns].flatMap(textsOf);
  return {
    prompt: asked === undefined ? '' : textsOf(asked).join('\n'),
    images: turns.toReversed().flatMap(imagesOfTurn),
    textTokens: tokensOf(texts.join('\n')),
  };
}

/** Google counts one token for about four characters of text. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));
}

/** `promptTokensDetails` of a response, and their sum. */
export function promptTokens(
  { textTokens, images }: Pick<Conversation, 'textTokens' | 'images'>,
  { inputImageTokens }: EmulatorModel,
): { readonly total: number; readonly details: readonly object[] } {
  const imageTokens = images.length * inputImageTokens;
  return {
    total: textTokens + imageTokens,
    details: [
      { modality: 'TEXT', tokenCount: textTokens },
      ...(imageTokens === 0 ? [] : [{ modality: 'IMAGE', tokenCount: imageTokens }]),
    ],
  };
}

/** The images of all turns, in the order in which they were sent. */
export function imagesOf(message: ProtoMessage): readonly InputImage[] {
  return messagesOf(message, 'contents').flatMap(imagesOfTurn);
}

function imagesOfTurn(turn: ProtoMessage): readonly InputImage[] {
  return messagesOf(turn, 'parts')
    .map((part) => messageOf(part, 'inlineData'))
    .filter((blob) => blob !== undefined)
    .map((blob) => ({ mimeType: stringOf(blob, 'mimeType'), bytes: bytesOf(blob, 'data') }));
}

function textsOf(turn: ProtoMessage): readonly string[] {
  return messagesOf(turn, 'parts')
    .map((part) => stringOf(part, 'text'))
    .filter((text) => text !== '');
}
