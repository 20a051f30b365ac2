import type { GatewayErrorKind } from '../errors/gateway-error';
import type { ImageRecord } from './image-record';

/** The outcome of a request, for the log and the metrics. The code that learns a fact sets it. */
export interface RequestOutcome {
  /** The kind of the fault in the error response. */
  fault?: GatewayErrorKind;
  /** The field or model that caused the fault, if there is one. */
  subject?: { readonly field?: string; readonly model?: string };
  /** The status of a fault that ended a stream after its 200 had been sent. */
  statusAfterStart?: number;
  /** The consumer's limit that refused it. */
  limit?: string;
  /** Present only if the request asked for images, once the model is known. */
  images?: ImagesOutcome;
  /** One for each image that an account was leased for, once it is finished. */
  readonly records: ImageRecord[];
}

/** The requested images, and those made so far. */
export interface ImagesOutcome {
  readonly model: string;
  /** The model's name as the client wrote it, if it differs. */
  readonly requestedModel?: string;
  /** The size and ratio that are sent upstream; absent if none is. */
  readonly size?: string;
  readonly ratio?: string;
  readonly requested: number;
  readonly returned: number;
  /**
   * How many calls returned text instead of an image, if that is a valid response; absent if none
   * did.
   */
  readonly texts?: number;
  /** The number of upstream calls, retries included. */
  readonly attempts: number;
  /** The accounts that made the returned images, each once; absent if there are none. */
  readonly accounts?: readonly string[];
  /**
   * The accounts with which a call has failed, each once, whether or not another one made the
   * image; absent if there are none.
   */
  readonly failedAccounts?: readonly string[];
  /** How many images came with the request, without mask and markup; absent if none did. */
  readonly inputs?: number;
  readonly mask?: true;
  readonly markup?: true;
  /** The mapping warnings that the response's headers carry; absent if there are none. */
  readonly warnings?: readonly string[];
}
