import type { GatewayErrorKind } from '../errors/gateway-error';
import type { ImageRecord } from './image-record';

/** The outcome of a request, for the log and the metrics. Code that learns a member sets it. */
export interface RequestOutcome {
  /** The kind of the fault in the error response. */
  fault?: GatewayErrorKind;
  /** The field or the model that the fault is about, where it is about one. */
  subject?: { readonly field?: string; readonly model?: string };
  /** The status of a fault that ended a stream after its 200 had been sent. */
  statusAfterStart?: number;
  /** The limit of its consumer that refused it. */
  limit?: string;
  /** Present only if the request asked for images, as soon as the model is known. */
  images?: ImagesOutcome;
  /** One for each image that an account was leased for, as soon as it is over. */
  readonly records: ImageRecord[];
}

/** The images that were asked for, and those made so far. */
export interface ImagesOutcome {
  readonly model: string;
  /** The model's name as the client wrote it, if it differs. */
  readonly requestedModel?: string;
  /** The size and the ratio that are sent upstream; absent where none is. */
  readonly size?: string;
  readonly ratio?: string;
  readonly requested: number;
  readonly returned: number;
  /** How many calls came to words instead of an image, where that is a response; absent where none did. */
  readonly texts?: number;
  /** How many upstream calls were made for them, repeats included. */
  readonly attempts: number;
  /** The accounts that made the returned images, each once; absent while there are none. */
  readonly accounts?: readonly string[];
  /** The accounts that a call has failed on, each once, whether or not another made the image; absent without one. */
  readonly failedAccounts?: readonly string[];
  /** How many images came with the request, without mask and markup; absent where none did. */
  readonly inputs?: number;
  readonly mask?: true;
  readonly markup?: true;
  /** The mapping warnings that the response's headers carry; absent if there are none. */
  readonly warnings?: readonly string[];
}
