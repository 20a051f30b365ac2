/** An account as configured: who pays, and how much may be asked of it at a time. */
export interface Account {
  /** Its label, unique in the pool; what `X-Account-Email` shows. */
  readonly email: string;
  readonly provider: 'gemini' | 'emulator';
  readonly apiKey: string;
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
