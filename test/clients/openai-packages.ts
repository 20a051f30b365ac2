import type { ReadStream } from 'node:fs';
import OpenAIv6, { toFile as toFileOfV6 } from 'openai';
import OpenAIv4, { toFile as toFileOfV4 } from 'openai-v4';

/** An image to send along, in any of the forms that both majors take. */
type Upload = ReadStream | File;

interface CommonFields {
  readonly model?: string;
  readonly n?: number;
  readonly response_format?: 'url' | 'b64_json';
  readonly user?: string;
}

interface GenerateFields extends CommonFields {
  readonly prompt: string;
  readonly size?: '1024x1024' | '1536x1024' | '1024x1536' | '1792x1024';
  readonly quality?: 'hd' | 'medium' | 'auto';
  readonly output_format?: 'png' | 'webp';
}

interface EditFields extends CommonFields {
  readonly prompt: string;
  readonly image: Upload | Upload[];
  readonly mask?: Upload;
}

interface VariationFields extends CommonFields {
  readonly image: Upload;
}

interface CallOptions {
  readonly signal?: AbortSignal;
}

interface Response {
  readonly created: number;
  readonly data?: readonly {
    readonly b64_json?: string;
    readonly url?: string;
    readonly revised_prompt?: string;
  }[];
  readonly usage?: { readonly input_tokens_details: { readonly text_tokens: number } };
  readonly _request_id?: string | null;
}

/** What the client of either major does, as far as the tests use it. */
export interface OpenAiClient {
  readonly images: {
    generate(fields: GenerateFields, options?: CallOptions): PromiseLike<Response>;
    edit(fields: EditFields, options?: CallOptions): PromiseLike<Response>;
    createVariation(fields: VariationFields): PromiseLike<Response>;
  };
  readonly models: {
    list(): AsyncIterable<{ readonly id: string }>;
    retrieve(id: string): PromiseLike<{ readonly object: string }>;
  };
}

interface ClientOptions {
  readonly baseURL: string;
  readonly apiKey: string;
  readonly maxRetries?: number;
  /** In milliseconds. */
  readonly timeout?: number;
}

/** Tests check the class of the error. */
type ErrorClass = new (...parameters: never[]) => Error;

/** A major of OpenAI's package for Node. */
interface OpenAiPackage {
  open(options: ClientOptions): OpenAiClient;
  readonly toFile: (bytes: Buffer, name?: string) => Promise<File>;
  readonly errors: {
    readonly BadRequestError: ErrorClass;
    readonly AuthenticationError: ErrorClass;
    readonly APIUserAbortError: ErrorClass;
  };
}

/** Those that run on every Node that Easel runs on; 7.x wants a newer one. */
export const openAiPackages: readonly (readonly [version: string, sdk: OpenAiPackage])[] = [
  [
    '4.x',
    {
      open: (options) => new OpenAIv4(options),
      // A File, though its type leaves out the members that the package does not read.
      toFile: (bytes, name) => toFileOfV4(bytes, name) as Promise<File>,
      errors: OpenAIv4,
    },
  ],
  ['6.x', { open: (options) => new OpenAIv6(options), toFile: toFileOfV6, errors: OpenAIv6 }],
];
