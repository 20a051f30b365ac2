import type { GatewayErrorKind } from '../errors/gateway-error';

/** What has become of a request, for the log and the metrics. Whoever knows a member sets it. */
export interface RequestOutcome {
  /** The kind of fault that the client was told. */
  fault?: GatewayErrorKind;
  /** The status that a stream would have had which failed after its 200 had been sent. */
  statusAfterStart?: number;
  /** Only for a request that asked for images, once it is known which. */
  images?: ImagesOutcome;
}

/** What was asked for, and what has come of it so far. */
export interface ImagesOutcome {
  readonly model: string;
  /** The model's name as the client wrote it, where that is another one. */
  readonly requestedModel?: string;
  readonly requested: number;
  readonly returned: number;
  /** The accounts that have paid for those returned, each once. */
  readonly accounts: readonly string[];
  /** How many images came with the request, without the mask; absent where none could. */
  readonly inputs?: number;
  readonly mask?: true;
}
