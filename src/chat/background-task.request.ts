import type { AppConfig } from '../config/app-config';
import type { JsonBody } from '../http/bodies/body.guard';
import { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import type { ModelAllowance } from '../mapping/model-allowance';
import { isKnownModel } from '../mapping/resolved-model';
import { backgroundTaskOf, taskReply } from './background-tasks';
import { chatModel } from './chat-fields';

/** How much of a message is searched for a task and its subject, in bytes. */
const MAX_SEARCHED_BYTES = 16 * 1024;

/** The response to a background task, and the format that the client asked for. */
export interface TaskResponse {
  readonly text: string;
  readonly model: string;
  readonly stream: boolean;
  readonly includesUsage: boolean;
}

/** The response to a request that needs no model; undefined for any other. */
export function taskResponse(
  body: JsonBody,
  {
    chat,
    images,
  }: {
    readonly chat: Pick<AppConfig['chat'], 'handlesTasksLocally'>;
    readonly images: Pick<AppConfig['images'], 'defaultModel'>;
  },
  allowance?: ModelAllowance,
): TaskResponse | undefined {
  const model = chatModel(body['model']) ?? images.defaultModel;
  // An unknown model gets the error that says so.
  if (!chat.handlesTasksLocally || typeof model !== 'string' || !isKnownModel(model, allowance)) {
    return undefined;
  }
  // No program names modalities for these tasks: whoever does wants the model.
  const isPlain = (body['modalities'] ?? undefined) === undefined;
  const text = isPlain ? backgroundReply(body['messages']) : undefined;
  return text === undefined
    ? undefined
    : {
        text,
        model,
        stream: body['stream'] === true,
        includesUsage: member(body['stream_options'], 'include_usage') === true,
      };
}

/**
 * The reply to a request that is only a background task of a chat program; undefined for any other,
 * such as one whose last message has an image. Earlier messages are not read.
 */
export function backgroundReply(messages: unknown): string | undefined {
  const all = items(messages);
  const last = all.at(-1);
  if (member(last, 'role') !== 'user' || hasMoreThanText(last)) {
    return undefined;
  }
  const prompt = startOf(last);
  const instructions = all
    .filter((message) => member(message, 'role') === 'system')
    .slice(0, 1)
    .map(startOf);
  const task = [...instructions, prompt].map(backgroundTaskOf).find((each) => each !== undefined);
  return task && taskReply(task.kind, [prompt]);
}

function hasMoreThanText(message: unknown): boolean {
  const content = member(message, 'content');
  const images = items(member(message, 'images'));
  const parts = Array.isArray(content) ? (content as readonly unknown[]) : [];
  return images.length > 0 || parts.some((part) => member(part, 'text') === undefined);
}

function startOf(message: unknown): string {
  const content = member(message, 'content');
  const texts = Array.isArray(content)
    ? content.map((part: unknown) => member(part, 'text'))
    : [content];
  const [first] = texts.filter((text) => typeof text === 'string' || text instanceof JsonBlob);
  return first instanceof JsonBlob
    ? first.window(0, MAX_SEARCHED_BYTES).toString('utf8')
    : (first ?? '').slice(0, MAX_SEARCHED_BYTES);
}
