import type { Picture } from '../state/frame';
import type { ArchiveReply, ArchiveRequest } from './archive-messages';
import { archiveFiles, INDEX, pictureOf, recordsOf } from './history-records';
import { readZip } from './zip-reader';
import { zipOf } from './zip-writer';

self.addEventListener('message', ({ data }: MessageEvent<ArchiveRequest>) => {
  void replyTo(data).then((reply) => {
    self.postMessage(reply);
  });
});

async function replyTo(request: ArchiveRequest): Promise<ArchiveReply> {
  if (request.type === 'export') {
    return { type: 'exported', archive: await zipOf(archiveFiles(request.pictures)) };
  }
  try {
    return await read(request.file);
  } catch {
    // Truncated, or compressed by a method that browsers do not support.
    return { type: 'refused' };
  }
}

async function read(file: Blob): Promise<ArchiveReply> {
  const files = await readZip(file);
  const index = await (await files?.get(INDEX)?.())?.text();
  const records = index === undefined ? undefined : recordsOf(index);
  if (files === undefined || records === undefined) {
    return { type: 'refused' };
  }
  const pictures: Picture[] = [];
  for (const record of records) {
    const picture = await pictureOf(record, async (name) => files.get(name)?.());
    if (picture !== undefined) {
      pictures.push(picture);
    }
  }
  return { type: 'imported', pictures, unreadable: records.length - pictures.length };
}
