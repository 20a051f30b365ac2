import type { PayloadSize } from './payload';

/** A server that relays images, before it is started. */
export interface Contestant {
  /** As used by `--only`. */
  readonly name: string;
  /** As shown in the tables. */
  readonly title: string;
  /** The fraction of the requests that it gets, if it is so slow that all would take too long. */
  readonly effort?: number;
  /**
   * Starts it in front of the upstream.
   *
   * @throws Unavailable if it cannot run on this machine
   */
  start(upstreamUrl: string): Promise<RunningContestant>;
}

export interface RunningContestant {
  /** All its processes; none if it has no process of its own. */
  readonly pids: readonly number[];
  /** A request for images of that size. */
  ask(size: PayloadSize, n: number): ImageRequest;
  /** Every image in a parsed response, as base64; throws if there are none. */
  imagesIn(response: unknown): readonly string[] | Promise<readonly string[]>;
  /** Whether a response contains only the URLs of its images. */
  readonly linksImages?: boolean;
  /** Whether one request can ask for several images; otherwise it takes several requests. */
  readonly takesN: boolean;
  /** A route that does next to nothing. */
  readonly healthUrl: string | undefined;
  stop(): Promise<void>;
}

export interface ImageRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The contestant cannot run here; the message says why. */
export class Unavailable extends Error {}

/** `POST /v1/images/generations` in OpenAI's format. */
export function openAiRequest(
  url: string,
  fields: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): ImageRequest {
  return {
    url: `${url}/v1/images/generations`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(fields),
  };
}

/** The images of a response in OpenAI's format. */
export function openAiImages(response: unknown): readonly string[] {
  return (response as { data: readonly { b64_json: string }[] }).data.map((item) => item.b64_json);
}

/** The images of a response in Gemini's format. */
export function geminiImages(response: unknown): readonly string[] {
  const { candidates } = response as {
    candidates: readonly {
      content: { parts: readonly { inlineData?: { data: string } }[] };
    }[];
  };
  return candidates.flatMap(({ content }) =>
    content.parts.flatMap(({ inlineData }) => (inlineData === undefined ? [] : [inlineData.data])),
  );
}

/** Gemini's own request, for contestants that only relay bytes. */
export function geminiRequest(baseUrl: string, prompt: string): ImageRequest {
  return {
    url: `${baseUrl}/v1beta/models/gemini-3-pro-image:generateContent`,
    headers: { 'content-type': 'application/json', 'x-goog-api-key': 'no-key' },
    body: JSON.stringify({
      contents: [{ role: 'user', parts: [{ text: prompt }] }],
      generationConfig: { responseModalities: ['IMAGE'] },
    }),
  };
}
