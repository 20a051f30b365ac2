import { counted } from '../logic/words';
import { showToast } from '../state/announcements';
import { keepAll, pictures } from '../state/history';
import { saveBlob } from '../state/save-blob';
import type { ArchiveReply, ArchiveRequest } from './archive-messages';

/** Exports all pictures of this browser as one file, with their metadata. */
export async function exportHistory(): Promise<void> {
  const reply = await ask({ type: 'export', pictures: pictures.value });
  if (reply.type === 'exported') {
    saveBlob(reply.archive, `easel-history-${new Date().toISOString().slice(0, 10)}.zip`);
  }
}

/** Adds the pictures of an exported file to those in this browser. */
export async function importHistory(file: Blob): Promise<void> {
  const reply = await ask({ type: 'import', file });
  if (reply.type !== 'imported') {
    showToast('This file is no history of Easel’s. Export makes one.');
    return;
  }
  const here = new Set(pictures.value.map(({ id }) => id));
  const fresh = reply.pictures.filter(({ id }) => !here.has(id));
  const known = reply.pictures.length - fresh.length;
  await keepAll(fresh);
  const words = [
    `${counted(fresh.length, 'picture')} came in`,
    known > 0 && `${known} ${known === 1 ? 'was' : 'were'} here already`,
    reply.unreadable > 0 && `${reply.unreadable} could not be read`,
  ];
  showToast(`${words.filter((part) => part !== false).join('; ')}.`);
}

/** The worker lives as long as its task: few users will ever need it. */
function ask(request: ArchiveRequest): Promise<ArchiveReply> {
  const worker = new Worker(new URL('./archive.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<ArchiveReply>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<ArchiveReply>) => {
      resolve(data);
    });
    worker.addEventListener('error', () => {
      resolve({ type: 'refused' });
    });
    worker.postMessage(request);
  }).finally(() => {
    worker.terminate();
  });
}
