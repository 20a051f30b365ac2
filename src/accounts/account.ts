import type { GoogleCredentials } from '../gemini/google-credentials';

/** What every account has, whoever its provider is. */
interface AccountFields {
  /** Its label, unique in the pool; what `X-Account-Email` shows. */
  readonly email: string;
  /** Google's server unless set: the emulator, a test server, a corporate proxy. */
  readonly baseUrl?: string;
  /** Accounts of one Google project share one quota, so they wait together. */
  readonly project?: string;
  /** Calls at the same time, at most. */
  readonly maxConcurrency: number;
  /** A lower number is used first. */
  readonly priority: number;
  /** The models it may be used for; all, where absent. */
  readonly models?: readonly string[];
  readonly enabled: boolean;
}

/** A key of the Gemini Developer API, or of the built-in emulator, which speaks the same language. */
export interface DeveloperApiAccount extends AccountFields {
  readonly provider: 'gemini' | 'emulator';
  readonly apiKey: string;
}

/** Someone who may call Vertex AI in a project. */
interface VertexAccount extends AccountFields {
  readonly provider: 'vertex';
  readonly project: string;
  /** `global`, a region such as `us-central1`, or a multi-region, `us` or `eu`. */
  readonly location: string;
  readonly credentials: GoogleCredentials;
}

/** An account as configured: who pays, and how much may be asked of it at a time. */
export type Account = DeveloperApiAccount | VertexAccount;

/** What decides whether an account may be used, and before which others. */
export interface AccountRules {
  readonly email: string;
  readonly maxConcurrency: number;
  readonly priority: number;
  /** All, where undefined. */
  readonly models: readonly string[] | undefined;
  readonly enabled: boolean;
}

/**
 * An account's rules, as an object of one shape for all of them. Accounts are not: each has what was
 * configured, and reading thousands of shapes takes V8 twenty times as long as reading one.
 */
export function rulesOf({
  email,
  maxConcurrency,
  priority,
  models,
  enabled,
}: Account): AccountRules {
  return { email, maxConcurrency, priority, models, enabled };
}
