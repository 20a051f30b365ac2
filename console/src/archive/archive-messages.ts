import type { Picture } from '../state/frame';

export type ArchiveRequest =
  | { readonly type: 'export'; readonly pictures: readonly Picture[] }
  | { readonly type: 'import'; readonly file: Blob };

export type ArchiveReply =
  | { readonly type: 'exported'; readonly archive: Blob }
  | {
      readonly type: 'imported';
      readonly pictures: readonly Picture[];
      /** How many were in the index but could not be read. */
      readonly unreadable: number;
    }
  /** The file is not a history exported by this page. */
  | { readonly type: 'refused' };
