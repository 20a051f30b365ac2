import type { AppConfig } from '../config/app-config';
import type { JsonBody } from '../http/bodies/body.guard';
import { JsonBlob } from '../json/json-blob';
import { items, member } from '../json/unknown-json';
import type { ModelAllowance } from '../mapping/model-allowance';
import { isKnownModel } from '../mapping/resolved-model';
import { backgroundTaskOf, taskReply } from './background-tasks';
import { chatModel } from './chat-fields';

/** As much of a message as a task and the words that it is about can be found in, in bytes. */
const LONGEST_LOOK = 16 * 1024;

/** What is said to a background task, and how its client wants it. */
export interface TaskResponse {
  readonly text: string;
  readonly model: string;
  readonly stream: boolean;
  readonly includesUsage: boolean;
}

/** The response to a request that can do without a model; undefined for any other. */
export function taskResponse(
  body: JsonBody,
  { chat, images }: Pick<AppConfig, 'chat' | 'images'>,
  allowance?: ModelAllowance,
): TaskResponse | undefined {
  const model = chatModel(body['model']) ?? images.defaultModel;
  // Whoever names a model that is not here gets the error that says so.
  if (!chat.answersTasks || typeof model !== 'string' || !isKnownModel(model, allowance)) {
    return undefined;
  }
  const text = backgroundReply(body['messages']);
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
 * The reply to a request that is nothing but a background task of a chat program; undefined for any other. Its
 * conversation may have images in it, and nothing of them is read.
 */
export function backgroundReply(messages: unknown): string | undefined {
  const all = items(messages);
  const last = all.at(-1);
  if (member(last, 'role') !== 'user') {
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

function startOf(message: unknown): string {
  const content = member(message, 'content');
  const texts = Array.isArray(content)
    ? content.map((part: unknown) => member(part, 'text'))
    : [content];
  const [first] = texts.filter((text) => typeof text === 'string' || text instanceof JsonBlob);
  return first instanceof JsonBlob
    ? first.window(0, LONGEST_LOOK).toString('utf8')
    : (first ?? '').slice(0, LONGEST_LOOK);
}
