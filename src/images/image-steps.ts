import { mergeMap, Observable } from 'rxjs';
import type { GatewayError } from '../errors/gateway-error';
import { isImage } from './generated-image';
import type { ConversationStep, ImageProgress } from './images-run';
import type { ImageOutcome } from './merged-images';

/** The steps of an image, whatever API is listening. */
export type AnyStep = ImageProgress | ConversationStep;

/** One image with its steps, by its index in the request. It holds only the current step. */
export function stepsOfOne(
  index: number,
  run: (next: (step: AnyStep) => void) => Observable<ImageOutcome>,
  onError: (error: GatewayError) => void,
): Observable<AnyStep> {
  return new Observable((subscriber) =>
    run((step) => {
      subscriber.next(step);
    })
      .pipe(
        mergeMap((outcome): readonly AnyStep[] => {
          if (!outcome.ok) {
            onError(outcome.error);
            return [];
          }
          const { image: made } = outcome;
          return [
            isImage(made)
              ? { kind: 'completed', index, image: made }
              : { kind: 'text-only', words: made },
          ];
        }),
      )
      .subscribe(subscriber),
  );
}
