import { LongText } from './long-text';
import type { ProtoMessage } from './proto-json';

/** Typed access to a message whose types have been checked: anything else counts as absent. */

export function messageOf(message: ProtoMessage, name: string): ProtoMessage | undefined {
  const value = message[name];
  return isMessage(value) ? value : undefined;
}

export function messagesOf(message: ProtoMessage, name: string): readonly ProtoMessage[] {
  const value: unknown = message[name];
  return Array.isArray(value) ? value.filter(isMessage) : [];
}

export function stringsOf(message: ProtoMessage, name: string): readonly string[] {
  const value: unknown = message[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** In protobuf an empty string is the same as none. */
export function stringOf(message: ProtoMessage | undefined, name: string): string {
  const value = message?.[name];
  return typeof value === 'string' ? value : '';
}

/** Checked base64, decoded. */
export function bytesOf(message: ProtoMessage, name: string): Buffer {
  const value = message[name];
  return value instanceof LongText
    ? (value.decoded ?? Buffer.alloc(0))
    : Buffer.from(stringOf(message, name), 'base64');
}

export function numberOf(message: ProtoMessage | undefined, name: string): number | undefined {
  const value = message?.[name];
  return typeof value === 'number' ? value : undefined;
}

export function isTrue(message: ProtoMessage | undefined, name: string): boolean {
  return message?.[name] === true;
}

function isMessage(value: unknown): value is ProtoMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
