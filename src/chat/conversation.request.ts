import { isUtf8 } from 'node:buffer';
import { invalidRequest, type GatewayError } from '../errors/gateway-error';
import { notUtf8 } from '../http/bodies/body-text';
import type { ImageUrl } from '../images/inputs/image-url.service';
import type { JsonBlob } from '../json/json-blob';
import type { Turn, TurnPart } from '../mapping/conversation';
import { readMessages, type MessagePart, type ReadMessage } from './chat-messages';
import { splitMarkdownImages } from './markdown-images';

/** The maximum number of input images of Gemini's image models. */
const MAX_IMAGES = 14;

/**
 * The maximum size of all texts of a conversation, in bytes: several times what any image model
 * accepts.
 */
export const MAX_TEXT_BYTES = 512 * 1024;

/** The content of a chat's messages. */
export interface ReadConversation {
  readonly turns: readonly Turn[];
  readonly systemInstruction: readonly string[];
  /** The images of all turns, in order; turns refer to them by index. */
  readonly images: readonly ImageUrl[];
  /** The text of the last turn. */
  readonly prompt: string;
  readonly warnings: readonly string[];
}

type Piece = { readonly text: string } | { readonly image: ImageUrl };

interface SpokenTurn {
  readonly role: 'user' | 'model';
  readonly pieces: readonly Piece[];
}

/**
 * Reads the messages of a chat: the last message of the user with content is the prompt, earlier
 * ones are its context, and later ones are ignored. Texts are searched for markdown images, whose
 * bytes are not copied.
 *
 * @throws GatewayError `invalid_request` if there are no messages, or they have no content or too
 * much
 */
export function readConversation(messages: unknown): ReadConversation {
  const read = readMessages(messages);
  const budget = new TextBudget();
  const systemInstruction = read
    .filter(({ role }) => role === 'system')
    .flatMap(({ parts }) =>
      parts.flatMap((part) => ('text' in part ? budget.words(part.text) : [])),
    );
  const spoken = read
    .filter(({ role }) => role !== 'system')
    .map((message) => spokenTurn(message, budget))
    .filter(({ pieces }) => pieces.length > 0);
  const last = spoken.findLastIndex(({ role }) => role === 'user');
  const prompt = spoken[last];
  if (prompt === undefined) {
    throw invalidRequest(
      'messages',
      'invalid_value',
      "Invalid 'messages': no message of the role 'user' has a text or an image in it.",
    );
  }
  const turns = withImagesOfTheUser(spoken.slice(0, last + 1));
  const all = turns.reduce(
    (sum, { pieces }) => sum + pieces.filter((each) => 'image' in each).length,
    0,
  );
  return {
    ...numbered(turns, Math.max(0, all - MAX_IMAGES)),
    systemInstruction,
    prompt: prompt.pieces.flatMap((piece) => ('text' in piece ? [piece.text] : [])).join('\n\n'),
    warnings:
      all > MAX_IMAGES
        ? [`the conversation has ${all} images; the newest ${MAX_IMAGES} were sent`]
        : [],
  };
}

function spokenTurn({ role, parts }: ReadMessage, budget: TextBudget): SpokenTurn {
  return {
    role: role === 'assistant' ? 'model' : 'user',
    pieces: parts.flatMap((part) => piecesOf(part, budget)),
  };
}

function piecesOf(part: MessagePart, budget: TextBudget): readonly Piece[] {
  if ('url' in part) {
    return [{ image: { url: part.url, field: { param: part.param } } }];
  }
  return splitMarkdownImages(part.text, budget.left).flatMap((piece): readonly Piece[] =>
    'url' in piece
      ? [{ image: { url: piece.url, field: { param: part.param } } }]
      : budget.words(piece.words).map((text) => ({ text })),
  );
}

/** Counts the text of a conversation while converting it to strings. */
class TextBudget {
  left = MAX_TEXT_BYTES;

  /** The text, unless it is only white space. */
  words(text: JsonBlob): readonly string[] {
    this.left -= text.byteLength;
    if (this.left < 0) {
      throw tooLong();
    }
    const bytes = text.toBuffer();
    if (!isUtf8(bytes)) {
      throw notUtf8();
    }
    const words = bytes.toString('utf8');
    return words.trim() === '' ? [] : [words];
  }
}

function tooLong(): GatewayError {
  return invalidRequest(
    'messages',
    'string_above_max_length',
    `Invalid 'messages': too long. All texts together may have ${MAX_TEXT_BYTES} bytes at most.`,
  );
}

/**
 * Moves the model's images to the beginning of the user's next turn: Gemini accepts an image in a
 * turn of the model only with the signature that it was made with, which no chat program keeps.
 */
function withImagesOfTheUser(spoken: readonly SpokenTurn[]): readonly SpokenTurn[] {
  const turns: SpokenTurn[] = [];
  let shown: readonly Piece[] = [];
  for (const { role, pieces } of spoken) {
    if (role === 'user') {
      turns.push({ role, pieces: [...shown, ...pieces] });
      shown = [];
      continue;
    }
    const words = pieces.filter((piece) => 'text' in piece);
    shown = [...shown, ...pieces.filter((piece) => 'image' in piece)];
    if (words.length > 0) {
      turns.push({ role, pieces: words });
    }
  }
  return turns;
}

/**
 * Replaces the images in the turns by their indexes, without the first few. Images before the last
 * turn are context: links expire, and a chat can do without them. The prompt's own images must be
 * available.
 */
function numbered(
  spoken: readonly SpokenTurn[],
  leaveOut: number,
): Pick<ReadConversation, 'turns' | 'images'> {
  const images: ImageUrl[] = [];
  let seen = 0;
  const turns = spoken.map(({ role, pieces }, turn) => ({
    role,
    parts: pieces.flatMap((piece): readonly TurnPart[] => {
      if ('text' in piece) {
        return [piece];
      }
      seen += 1;
      if (seen <= leaveOut) {
        return [];
      }
      images.push(turn < spoken.length - 1 ? { ...piece.image, isContext: true } : piece.image);
      return [{ image: images.length - 1 }];
    }),
  }));
  return { turns: turns.filter(({ parts }) => parts.length > 0), images };
}
