/** The faults that can be injected into the emulator. */
type FaultKind =
  /** An error body with the right canonical status. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly message?: string;
      readonly googleStatus?: string;
      readonly details?: readonly object[];
    }
  /** 429. `bare` is the form without any details, which paid projects get. */
  | {
      readonly kind: 'rate_limit';
      readonly retryDelay?: string;
      readonly daily?: boolean;
      readonly limitZero?: boolean;
      readonly bare?: boolean;
    }
  /** 200 without parts; with `blockReason` the prompt itself was refused. */
  | {
      readonly kind: 'refusal';
      readonly finishReason?: string;
      readonly finishMessage?: string;
      readonly blockReason?: string;
    }
  | { readonly kind: 'text_only' }
  | { readonly kind: 'no_image' }
  | { readonly kind: 'latency'; readonly ms: number }
  /**
   * The socket is reset after this many bytes of the body (0 or absent: before the headers), or
   * after this many images of a stream.
   */
  | { readonly kind: 'cut'; readonly afterBytes?: number; readonly afterImages?: number }
  /** A stream stalls after this many images; 1 by default, and 0: after the headers. */
  | { readonly kind: 'stall'; readonly afterImages?: number }
  /** The body ends early with a matching Content-Length: truncated JSON. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'wrong_mime' }
  /** Drafts that are not marked as thoughts precede the final image. */
  | { readonly kind: 'thought_images' }
  /** The only image is marked as a thought. */
  | { readonly kind: 'only_thought' }
  | { readonly kind: 'not_an_image' }
  /** `\u003d` for `=` and `\/` for `/` in the image data: valid JSON, rarely seen. */
  | { readonly kind: 'escaped_base64' }
  /** A valid response of about this many bytes. */
  | { readonly kind: 'oversize'; readonly bytes: number };

/** Which calls a fault applies to. */
interface FaultScope {
  /** Only calls with this API key. */
  readonly key?: string;
  /** Only calls to this model. */
  readonly model?: string;
  /** The number of calls; absent: all, until it is deleted. */
  readonly count?: number;
  /** The number of matching calls to skip first. */
  readonly after?: number;
}

export type Fault = FaultKind & FaultScope;

/** A fault that decides the response; latency only delays it. */
export type DecisiveFault = Exclude<Fault, { readonly kind: 'latency' }>;

export interface Call {
  readonly key: string;
  readonly model: string;
}

/** The faults for one call, and the remaining ones. */
export interface TakenFaults {
  readonly latencyMs: number;
  readonly fault: DecisiveFault | undefined;
  readonly left: readonly Fault[];
}

/**
 * Matches a call against the faults in order: it takes every latency fault that matches, and the
 * first of the others. Faults after that one neither apply nor count the call. Pure.
 */
export function takeFaults(faults: readonly Fault[], call: Call): TakenFaults {
  let latencyMs = 0;
  let taken: DecisiveFault | undefined;
  const left: Fault[] = [];
  for (const fault of faults) {
    if (taken !== undefined || !matches(fault, call)) {
      left.push(fault);
      continue;
    }
    const after = fault.after ?? 0;
    if (after > 0) {
      left.push({ ...fault, after: after - 1 });
      continue;
    }
    if (fault.kind === 'latency') {
      latencyMs += fault.ms;
    } else {
      taken = fault;
    }
    if (fault.count === undefined) {
      left.push(fault);
    } else if (fault.count > 1) {
      left.push({ ...fault, count: fault.count - 1 });
    }
  }
  return { latencyMs, fault: taken, left };
}

function matches(fault: Fault, call: Call): boolean {
  return (
    (fault.key === undefined || fault.key === call.key) &&
    (fault.model === undefined || fault.model === call.model)
  );
}
