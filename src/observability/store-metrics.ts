import { Counter, Gauge, type Registry } from 'prom-client';
import type { HostedImages } from '../hosting/hosted-images';

/** Registers the metrics of the image store; none if no images are stored. */
export function registerStoreMetrics(hosted: HostedImages, registers: Registry[]): void {
  if (!hosted.isOn) {
    return;
  }
  new Counter({
    name: 'easel_image_store_writes_total',
    help: 'Images written to the store, by outcome: stored, or failed and sent as a data URI instead.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'stored' }, hosted.counts.stored);
      this.inc({ outcome: 'failed' }, hosted.counts.failed);
    },
  });
  new Counter({
    name: 'easel_image_store_deleted_total',
    help: 'Images that this process has deleted from the store, by reason: age, or size to make room.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      this.inc({ reason: 'age' }, hosted.counts.deletedByAge);
      this.inc({ reason: 'size' }, hosted.counts.deletedBySize);
    },
  });
  new Gauge({
    name: 'easel_image_store_up',
    help: 'Whether the last write to the store succeeded.',
    registers,
    collect() {
      this.set(hosted.state?.isWorking === true ? 1 : 0);
    },
  });
  if (hosted.heldBytes !== undefined) {
    new Gauge({
      name: 'easel_image_store_bytes',
      help: 'Bytes of images in the disk store.',
      registers,
      collect() {
        this.set(hosted.heldBytes ?? 0);
      },
    });
  }
}
