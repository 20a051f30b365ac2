import { Inject, Injectable } from '@nestjs/common';
import { ImageRecords, type RecordedCall, type RecordedImage } from '../attempts/image-records';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { shownAccount } from '../config/shown-account';
import type { ImageTokens } from '../context/image-record';
import { Metrics } from './metrics';

/** The label of each kind of token: its direction and its modality. */
const TOKEN_KINDS = [
  ['textInput', 'input_text'],
  ['imageInput', 'input_image'],
  ['textOutput', 'output_text'],
  ['imageOutput', 'output_image'],
] as const satisfies readonly (readonly [keyof ImageTokens, string])[];

/** Counts each upstream call and each image once it is finished. */
@Injectable()
export class ImageMetrics {
  constructor(
    records: ImageRecords,
    private readonly metrics: Metrics,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {
    records.calls.subscribe((call) => {
      this.countCall(call);
    });
    records.images.subscribe((image) => {
      this.countImage(image);
    });
  }

  private countCall({ model, account, outcome, seconds }: RecordedCall): void {
    this.metrics.countUpstreamCall(model, outcome, seconds);
    const shown = shownAccount(account, this.config.server.accountHeader);
    if (shown !== undefined && outcome !== 'abandoned') {
      this.metrics.countAccountImage(shown, outcome === 'image' ? 'made' : 'failed');
    }
  }

  private countImage({ record, context }: RecordedImage): void {
    const { model, tokens, microUsd } = record;
    this.metrics.countCost(model, context.consumer?.name, microUsd);
    if (tokens !== undefined) {
      for (const [member, kind] of TOKEN_KINDS) {
        this.metrics.countTokens(model, kind, tokens[member]);
      }
    }
  }
}
