import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { ImageRecord } from '../context/image-record';
import type { RequestContext } from '../context/request-context';

/** A finished image and the consumer that asked for it. */
export interface RecordedImage {
  readonly record: ImageRecord;
  readonly context: RequestContext;
  /** Identifies one end user, if the client sends it. Must never be stored in plain text. */
  readonly user: string | undefined;
}

/** A finished upstream call. */
export interface RecordedCall {
  readonly model: string;
  readonly account: string;
  /** `image`, `abandoned`, or the kind of the failure. */
  readonly outcome: string;
  readonly seconds: number;
}

/** Publishes each upstream call and each image when it is finished. */
@Injectable()
export class ImageRecords {
  readonly calls = new Subject<RecordedCall>();
  readonly images = new Subject<RecordedImage>();
}
