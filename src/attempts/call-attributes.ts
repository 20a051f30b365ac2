import type { Account } from '../accounts/account';
import { developerApiUrl } from '../gemini/developer-api';
import { vertexUrl } from '../gemini/vertex';
import type { TokenCounts } from '../pricing/token-counts';
import type { SharedAttributes, SpanAttributes } from '../tracing/span-attributes';

/** A model's name is text from upstream. */
const MODEL_NAME = /^[\w./:@-]{1,100}$/;

export type CallOperation = 'generate_content' | 'count_tokens';

/** The name of a call's span, and the attributes that are the same for all such calls. */
export interface CallDescription {
  readonly name: string;
  readonly shared: SharedAttributes;
  readonly shownAccount: string | undefined;
}

/** By operation, account and model: parsing a URL takes as long as starting a span. */
const KNOWN: Readonly<Record<CallOperation, WeakMap<Account, Map<string, CallDescription>>>> = {
  generate_content: new WeakMap(),
  count_tokens: new WeakMap(),
};

/**
 * A call to a model, by OpenTelemetry's semantic conventions for generative AI.
 *
 * @param shownAccount the account as a span may name it
 */
export function describeCall(
  operation: CallOperation,
  model: string,
  account: Account,
  shownAccount: string | undefined,
): CallDescription {
  let byModel = KNOWN[operation].get(account);
  if (byModel === undefined) {
    byModel = new Map();
    KNOWN[operation].set(account, byModel);
  }
  let known = byModel.get(model);
  if (known === undefined || known.shownAccount !== shownAccount) {
    const attributes = callAttributes(operation, model, account, shownAccount);
    const shared = { attributes, encoded: undefined };
    known = { name: `${operation} ${model}`, shared, shownAccount };
    byModel.set(model, known);
  }
  return known;
}

function callAttributes(
  operation: CallOperation,
  model: string,
  account: Account,
  shownAccount: string | undefined,
): SpanAttributes {
  const isVertex = account.provider === 'vertex';
  const url = new URL(
    isVertex
      ? vertexUrl(account, model, 'generateContent')
      : developerApiUrl(account, model, 'generateContent'),
  );
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.request.model': model,
    'gen_ai.output.type': operation === 'count_tokens' ? undefined : 'image',
    'http.request.method': 'POST',
    'easel.account': shownAccount,
    'gen_ai.provider.name': isVertex ? 'gcp.vertex_ai' : 'gcp.gemini',
    'server.address': url.hostname,
    'server.port': Number(url.port) || (url.protocol === 'http:' ? 80 : 443),
  };
}

/** The facts about a single call that its span shows. */
export interface DescribedCall {
  /** How long the image waited for the account. */
  readonly waitMs: number;
  /** How many calls the image had before. */
  readonly resendCount: number;
  /** The model that was called. */
  readonly model: string;
  /** The model that served the call, as it names itself. */
  readonly modelVersion: unknown;
  readonly finishReasons: readonly string[] | undefined;
  readonly counts: TokenCounts | undefined;
  readonly errorType: string | undefined;
}

/** How nearly every response ends. To compare a list with itself is fastest. */
const STOP = ['STOP'];

function reasonsOf(finishReasons: readonly string[] = []): string[] | undefined {
  const [only] = finishReasons;
  if (only === undefined) {
    return undefined;
  }
  return finishReasons.length === 1 && only === 'STOP' ? STOP : [...finishReasons];
}

function servingModel(called: string, modelVersion: unknown): string | undefined {
  if (modelVersion === called) {
    return called;
  }
  return typeof modelVersion === 'string' && MODEL_NAME.test(modelVersion)
    ? modelVersion
    : undefined;
}

/** What is known of a call when it has ended, by the same conventions; thoughts count as output. */
export function endedCallAttributes({
  waitMs,
  resendCount,
  model,
  modelVersion,
  finishReasons,
  counts,
  errorType,
}: DescribedCall): SpanAttributes {
  return {
    'http.request.resend_count': resendCount === 0 ? undefined : resendCount,
    'gen_ai.response.model': servingModel(model, modelVersion),
    'gen_ai.response.finish_reasons': reasonsOf(finishReasons),
    'gen_ai.usage.input_tokens': counts?.input,
    'gen_ai.usage.image.input_tokens': counts?.imageInput,
    'gen_ai.usage.output_tokens': counts && counts.textOutput + (counts.imageOutput ?? 0),
    'gen_ai.usage.image.output_tokens': counts?.imageOutput,
    'gen_ai.usage.reasoning.output_tokens': counts?.thoughts,
    'error.type': errorType,
    'easel.wait_ms': waitMs,
  };
}
