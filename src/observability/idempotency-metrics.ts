import { Counter, type Registry } from 'prom-client';
import type { AbandonedImages } from '../idempotency/abandoned-images';
import type { KeptResponseSender } from '../idempotency/kept-response.renderer';

/** Registers the metrics of replays and adopted images. */
export function registerIdempotencyMetrics(
  sender: KeptResponseSender,
  abandoned: AbandonedImages,
  registers: Registry[],
): void {
  new Counter({
    name: 'easel_idempotent_replays_total',
    help: 'Responses replayed for an Idempotency-Key.',
    registers,
    collect() {
      this.reset();
      this.inc(sender.replays);
    },
  });
  new Counter({
    name: 'easel_adopted_images_total',
    help: 'Images of disconnected clients that were adopted by their retries.',
    registers,
    collect() {
      this.reset();
      this.inc(abandoned.adoptedImages);
    },
  });
}
