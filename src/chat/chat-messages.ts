import type { GatewayError } from '../errors/gateway-error';
import { invalidRequest } from '../errors/gateway-error';
import { invalidType, missingParameter, nameOfType } from '../images/dto/parameter-fault';
import { JsonBlob } from '../json/json-blob';
import { member } from '../json/unknown-json';
import { unsupportedValue } from '../mapping/supported-values';

/** Text, or the URL of an image, and its position in the body. */
export type MessagePart =
  | { readonly text: JsonBlob; readonly param: string }
  | { readonly url: string | JsonBlob; readonly param: string };

/** A message with content, in order. */
export interface ReadMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly parts: readonly MessagePart[];
}

/** OpenAI's roles. Tool output is of no use to an image model. */
const ROLES: ReadonlyMap<unknown, ReadMessage['role'] | 'tool'> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
] as const);

/**
 * Parses the messages of a chat in every form that programs use: content as text or as a list of
 * parts, an image as an object or a bare URL, the Responses API's parts, or the `images` of an
 * assistant. Other parts, and null, are left out. Any string may be a blob.
 *
 * @throws GatewayError `invalid_request` for anything but a list of messages
 */
export function readMessages(messages: unknown): readonly ReadMessage[] {
  if ((messages ?? undefined) === undefined) {
    throw missingParameter('messages');
  }
  if (!Array.isArray(messages)) {
    throw invalidType('messages', 'an array of objects', nameOfType(messages));
  }
  if (messages.length === 0) {
    throw invalidRequest(
      'messages',
      'empty_array',
      "Invalid 'messages': empty array. Expected an array with minimum length 1, " +
        'but got an empty array instead.',
    );
  }
  return messages.flatMap((message: unknown, index) => readMessage(message, `messages[${index}]`));
}

function readMessage(message: unknown, param: string): readonly ReadMessage[] {
  checkObject(message, param);
  const role = ROLES.get(member(message, 'role'));
  if (role === undefined) {
    throw roleFault(member(message, 'role'), `${param}.role`);
  }
  return role === 'tool'
    ? []
    : [
        {
          role,
          parts: [
            ...contentParts(member(message, 'content'), `${param}.content`),
            ...(role === 'assistant'
              ? shownImages(member(message, 'images'), `${param}.images`)
              : []),
          ],
        },
      ];
}

function roleFault(role: unknown, param: string): GatewayError {
  if ((role ?? undefined) === undefined) {
    return missingParameter(param);
  }
  return typeof role === 'string'
    ? unsupportedValue(param, role, [...ROLES.keys()].map(String))
    : invalidType(param, 'a string', nameOfType(role));
}

function contentParts(content: unknown, param: string): readonly MessagePart[] {
  if ((content ?? undefined) === undefined) {
    return [];
  }
  if (isText(content)) {
    return textParts(content, param);
  }
  if (!Array.isArray(content)) {
    throw invalidType(param, 'one of a string or array of objects', nameOfType(content));
  }
  return content.flatMap((part: unknown, index) => readPart(part, `${param}[${index}]`));
}

function readPart(part: unknown, param: string): readonly MessagePart[] {
  if (isText(part)) {
    return textParts(part, param);
  }
  checkObject(part, param);
  switch (member(part, 'type')) {
    case 'text':
    case 'input_text':
    case 'output_text': {
      const text = member(part, 'text') ?? '';
      if (!isText(text)) {
        throw invalidType(`${param}.text`, 'a string', nameOfType(text));
      }
      return textParts(text, `${param}.text`);
    }
    case 'image_url':
    case 'input_image':
      return [imagePart(member(part, 'image_url'), `${param}.image_url`)];
    default:
      return [];
  }
}

/** `{ url, detail }`, or the URL itself. */
function imagePart(image: unknown, param: string): MessagePart {
  if (isText(image)) {
    return { url: image, param };
  }
  if ((image ?? undefined) === undefined) {
    throw missingParameter(param);
  }
  checkObject(image, param);
  const url = member(image, 'url');
  if ((url ?? undefined) === undefined) {
    throw missingParameter(`${param}.url`);
  }
  if (!isText(url)) {
    throw invalidType(`${param}.url`, 'a string', nameOfType(url));
  }
  return { url, param: `${param}.url` };
}

/** The `images` of an assistant's message, as OpenRouter and Easel write them. */
function shownImages(images: unknown, param: string): readonly MessagePart[] {
  if ((images ?? undefined) === undefined) {
    return [];
  }
  if (!Array.isArray(images)) {
    throw invalidType(param, 'an array of objects', nameOfType(images));
  }
  return images.map((image: unknown, index) =>
    isText(image)
      ? { url: image, param: `${param}[${index}]` }
      : imagePart(member(image, 'image_url'), `${param}[${index}].image_url`),
  );
}

function textParts(text: string | JsonBlob, param: string): readonly MessagePart[] {
  const blob = typeof text === 'string' ? JsonBlob.from(Buffer.from(text)) : text;
  return blob.byteLength === 0 ? [] : [{ text: blob, param }];
}

function checkObject(value: unknown, param: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isText(value)) {
    throw invalidType(param, 'an object', nameOfType(value));
  }
}

function isText(value: unknown): value is string | JsonBlob {
  return typeof value === 'string' || value instanceof JsonBlob;
}
