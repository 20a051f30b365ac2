import { parseJson } from '../json/unknown-json';

/**
 * The expected form of the reply: a title as plain text or in JSON, or one of the lists that may be
 * empty.
 */
type TaskKind =
  | 'title'
  | 'title_json'
  | 'title_and_language_json'
  | 'tags'
  | 'follow_ups'
  | 'queries'
  | 'completion'
  | 'emoji'
  | 'image_prompt'
  | 'rephrased_question';

interface BackgroundTask {
  readonly kind: TaskKind;
  /** The beginning of the message, in lower case, with white space collapsed. */
  readonly opening: string;
  readonly client: string;
  readonly source: string;
}

const OPEN_WEBUI = 'open-webui 0.12.4, backend/open_webui/config.py';
const OPEN_WEBUI_BEFORE = 'open-webui 0.6, backend/open_webui/config.py';
const LIBRECHAT = 'danny-avila/agents, src/utils/title.ts';
const CHERRY_PROMPTS = 'CherryHQ/cherry-studio, src/renderer/src/config/prompts.ts';

/**
 * The messages that chat programs send by themselves, to the model of the current chat. The prompt
 * or a system message begins exactly so; `### Task:` alone is not enough, since Open WebUI also
 * begins questions about documents with it.
 */
export const BACKGROUND_TASKS: readonly BackgroundTask[] = [
  {
    kind: 'title_json',
    opening: '### task: generate a concise title summarizing the chat history',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_TITLE_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'title_json',
    opening: '### task: generate a concise, 3-5 word title',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI_BEFORE}: DEFAULT_TITLE_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'tags',
    opening: '### task: generate 1-3 broad tags categorizing the main themes',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_TAGS_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'follow_ups',
    opening: '### task: predict 3-5 useful messages this user might naturally send next',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_FOLLOW_UP_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'follow_ups',
    opening: '### task: suggest 3-5 relevant follow-up questions',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI_BEFORE}: DEFAULT_FOLLOW_UP_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'queries',
    opening:
      '### task: analyze the chat history to determine the necessity of generating search queries',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_QUERY_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'completion',
    opening: '### task: you are an autocompletion system',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'emoji',
    opening:
      "your task is to reflect the speaker's likely facial expression through a fitting emoji",
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_EMOJI_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'image_prompt',
    opening: '### task: generate a detailed prompt for am image generation task',
    client: 'Open WebUI',
    source: `${OPEN_WEBUI}: DEFAULT_IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE`,
  },
  {
    kind: 'title',
    opening: 'provide a concise, 5-word-or-less title for the conversation',
    client: 'LibreChat',
    source: `${LIBRECHAT}: defaultCompletionPrompt`,
  },
  {
    kind: 'title_and_language_json',
    opening: 'analyze this conversation and provide: 1. the detected language of the conversation',
    client: 'LibreChat',
    source: `${LIBRECHAT}: defaultTitlePrompt`,
  },
  {
    kind: 'title',
    opening:
      "you are an assistant skilled in conversation. you need to summarize the user's conversation into a title",
    client: 'Cherry Studio',
    source: `${CHERRY_PROMPTS}: SUMMARIZE_PROMPT`,
  },
  {
    kind: 'title',
    opening: 'summarize the conversation into a title in ',
    client: 'Cherry Studio',
    source: 'CherryHQ/cherry-studio, TopicNamingService.ts: FALLBACK_PROMPT',
  },
  {
    kind: 'title',
    opening: '总结给出的会话，将其总结为语言为',
    client: 'Cherry Studio',
    source: 'CherryHQ/cherry-studio, src/renderer/src/i18n/locales/zh-cn.json: prompts.title',
  },
  {
    kind: 'rephrased_question',
    opening: 'you are an ai question rephraser.',
    client: 'Cherry Studio',
    source: `${CHERRY_PROMPTS}: SEARCH_SUMMARY_PROMPT`,
  },
];

/** Longer than the longest opening, in characters. */
export const OPENING_CHARACTERS = 256;

/** The background task of a message; undefined for a user's own message. */
export function backgroundTaskOf(message: string): BackgroundTask | undefined {
  const start = message.slice(0, OPENING_CHARACTERS).trimStart().replace(/\s+/g, ' ').toLowerCase();
  return BACKGROUND_TASKS.find(({ opening }) => start.startsWith(opening));
}

/**
 * A reply that the program can parse, made without a model. @param said the message with the task,
 * and the text to be named
 */
export function taskReply(kind: TaskKind, said: readonly string[]): string {
  switch (kind) {
    case 'title':
      return titleOf(said);
    case 'title_json':
      return JSON.stringify({ title: titleOf(said) });
    case 'title_and_language_json':
      return JSON.stringify({ language: 'English', title: titleOf(said) });
    case 'tags':
      return JSON.stringify({ tags: ['General'] });
    case 'follow_ups':
      return JSON.stringify({ follow_ups: [] });
    case 'queries':
      return JSON.stringify({ queries: [] });
    case 'completion':
      return JSON.stringify({ text: '' });
    case 'emoji':
      return '🎨';
    case 'image_prompt':
      // If it finds no JSON, Open WebUI uses the user's message as the prompt.
      return '';
    case 'rephrased_question':
      return NO_SEARCH;
  }
}

const NO_SEARCH = ['websearch', 'knowledge']
  .map((tool) => `<${tool}>\n<question>\nnot_needed\n</question>\n</${tool}>`)
  .join('\n');

const MAX_TITLE_LENGTH = 40;
const DEFAULT_TITLE = 'Image';

/** The first words of the user's first message. */
function titleOf(said: readonly string[]): string {
  const [words = ''] = said.flatMap((text) => usersWords(text) ?? []);
  const plain = words
    .replace(/!\[[^\]]*\]\([^)]*\)?/g, ' ')
    .replace(/[\s"'`*_#<>{}[\]]+/g, ' ')
    .trim();
  const title = Array.from(plain).slice(0, MAX_TITLE_LENGTH).join('');
  const whole = title.length < plain.length ? title.replace(/\s\S*$/, '') : title;
  return whole.replace(/[\s.,;:!?]+$/, '') || DEFAULT_TITLE;
}

/**
 * Handles the ways in which programs quote a conversation: Open WebUI and LibreChat as `USER: …`,
 * Cherry Studio in JSON or as plain text.
 */
function usersWords(text: string): string | undefined {
  if (backgroundTaskOf(text) !== undefined) {
    const history = text.slice(Math.max(0, text.lastIndexOf('<chat_history>')));
    return /(?:^|\n)\s*(?:user|human):\s*(\S[^\n]*)/i.exec(history)?.[1];
  }
  // By pattern rather than as JSON, because only the start of a long conversation is available.
  const [, quoted] =
    /"role":\s*"user",\s*"(?:mainText|content)":\s*("(?:[^"\\]|\\.)*)/.exec(text) ?? [];
  const words = quoted === undefined ? undefined : parseJson(`${quoted}"`);
  return typeof words === 'string' ? words : text;
}
