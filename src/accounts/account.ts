import type { GoogleCredentials } from '../gemini/google-credentials';

/** The members that accounts of all providers have. */
interface AccountFields {
  /** Its label, unique in the pool; `X-Account-Email` shows it. */
  readonly email: string;
  /** Google's server unless set: the emulator, a test server, a corporate proxy. */
  readonly baseUrl?: string;
  /** Accounts of one Google project share one quota, so they cool down together. */
  readonly project?: string;
  /** The maximum number of concurrent calls. */
  readonly maxConcurrency: number;
  /** Accounts with a lower number are used first. */
  readonly priority: number;
  /** The models it may be used for; absent for all. */
  readonly models?: readonly string[];
  readonly enabled: boolean;
}

/** A key of the Gemini Developer API, or of the built-in emulator, which speaks the same protocol. */
export interface DeveloperApiAccount extends AccountFields {
  readonly provider: 'gemini' | 'emulator';
  readonly apiKey: string;
}

/** A principal that may call Vertex AI in a project. */
interface VertexAccount extends AccountFields {
  readonly provider: 'vertex';
  readonly project: string;
  /** `global`, a region such as `us-central1`, or a multi-region, `us` or `eu`. */
  readonly location: string;
  readonly credentials: GoogleCredentials;
}

/** An account as configured: its credential and its limits. */
export type Account = DeveloperApiAccount | VertexAccount;

/** Google's two APIs with the same models; each takes fields that the other refuses. */
export type GoogleApi = 'developer' | 'vertex';

/** The rules that decide whether an account may be used, and in which order. */
export interface AccountRules {
  readonly email: string;
  readonly maxConcurrency: number;
  readonly priority: number;
  /** Undefined for all models. */
  readonly models: readonly string[] | undefined;
  readonly enabled: boolean;
  readonly api: GoogleApi;
}

/**
 * An account's rules as an object that has the same shape for every account. Accounts themselves
 * differ in shape, and V8 takes twenty times as long to read thousands of shapes as to read one.
 */
export function accountRules({
  email,
  maxConcurrency,
  priority,
  models,
  enabled,
  provider,
}: Account): AccountRules {
  const api = provider === 'vertex' ? 'vertex' : 'developer';
  return { email, maxConcurrency, priority, models, enabled, api };
}
