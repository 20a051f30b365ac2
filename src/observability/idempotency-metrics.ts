import { Counter, type Registry } from 'prom-client';
import type { AbandonedImages } from '../idempotency/abandoned-images';
import type { KeptResponseSender } from '../idempotency/kept-response.renderer';

/** The metrics of what nobody had to pay for twice. */
export function registerIdempotencyMetrics(
  sender: KeptResponseSender,
  abandoned: AbandonedImages,
  registers: Registry[],
): void {
  new Counter({
    name: 'easel_idempotent_replays_total',
    help: 'Responses that were sent again for an Idempotency-Key.',
    registers,
    collect() {
      this.reset();
      this.inc(sender.replays);
    },
  });
  new Counter({
    name: 'easel_adopted_images_total',
    help: 'Images of clients that had gone which their retries have taken over.',
    registers,
    collect() {
      this.reset();
      this.inc(abandoned.adoptedImages);
    },
  });
}
