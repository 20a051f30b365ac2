import type { Account } from '../accounts/account';
import { developerApiUrl } from '../gemini/developer-api';
import { vertexUrl } from '../gemini/vertex';
import type { TokenCounts } from '../pricing/token-counts';
import type { SpanAttributes } from '../tracing/span-attributes';

/** A model's name is text from upstream. */
const MODEL_NAME = /^[\w./:@-]{1,100}$/;

/** By account and model: parsing a URL takes as long as starting a span. */
const KNOWN = new WeakMap<Account, Map<string, SpanAttributes>>();

/** The target of a call, by OpenTelemetry's semantic conventions for generative AI. */
export function accountAttributes(account: Account, model: string): SpanAttributes {
  const byModel = KNOWN.get(account) ?? new Map<string, SpanAttributes>();
  KNOWN.set(account, byModel);
  const attributes = byModel.get(model) ?? findAttributes(account, model);
  byModel.set(model, attributes);
  return attributes;
}

function findAttributes(account: Account, model: string): SpanAttributes {
  const isVertex = account.provider === 'vertex';
  const url = new URL(
    isVertex
      ? vertexUrl(account, model, 'generateContent')
      : developerApiUrl(account, model, 'generateContent'),
  );
  return {
    'gen_ai.provider.name': isVertex ? 'gcp.vertex_ai' : 'gcp.gemini',
    'server.address': url.hostname,
    'server.port': Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
  };
}

/** The facts about a response that its call's span shows. */
export interface DescribedResponse {
  /** The model that served the call, as it names itself. */
  readonly modelVersion: unknown;
  readonly finishReasons?: readonly string[] | undefined;
  readonly counts: TokenCounts | undefined;
}

/** A response's metadata, by the same conventions; thoughts count as output. */
export function responseAttributes({
  modelVersion,
  finishReasons = [],
  counts,
}: DescribedResponse): SpanAttributes {
  return {
    'gen_ai.response.model':
      typeof modelVersion === 'string' && MODEL_NAME.test(modelVersion) ? modelVersion : undefined,
    'gen_ai.response.finish_reasons': finishReasons.length === 0 ? undefined : [...finishReasons],
    'gen_ai.usage.input_tokens': counts?.input,
    'gen_ai.usage.image.input_tokens': counts?.imageInput,
    'gen_ai.usage.output_tokens': counts && counts.textOutput + (counts.imageOutput ?? 0),
    'gen_ai.usage.image.output_tokens': counts?.imageOutput,
    'gen_ai.usage.reasoning.output_tokens': counts?.thoughts,
  };
}
