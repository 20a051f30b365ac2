import { Injectable } from '@nestjs/common';
import { Subject } from 'rxjs';
import type { ImageRecord } from '../context/image-record';
import type { RequestContext } from '../context/request-context';

/** An image that is over, and whose it was. */
export interface RecordedImage {
  readonly record: ImageRecord;
  readonly context: RequestContext;
  /** What stays the same for one end user, where the client says it. Never to be written down in clear. */
  readonly user: string | undefined;
}

/** An upstream call that is over. */
export interface RecordedCall {
  readonly model: string;
  readonly account: string;
  /** `image`, `abandoned`, or the kind of the failure. */
  readonly outcome: string;
  readonly seconds: number;
}

/** Tells whoever counts of each upstream call and each image when it is over. */
@Injectable()
export class ImageRecords {
  readonly calls = new Subject<RecordedCall>();
  readonly images = new Subject<RecordedImage>();
}
