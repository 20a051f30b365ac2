import { randomBytes } from 'node:crypto';

/** The hosted formats, by file extension. */
const MIME_TYPES = { png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp' } as const;

type Extension = keyof typeof MIME_TYPES;
export type HostedMimeType = (typeof MIME_TYPES)[Extension];

/** 128 bits: names cannot be guessed, and no two images get the same one. */
const ID_BYTES = 16;

const FILE_NAME = /^[A-Za-z0-9_-]{22}\.(png|jpg|webp|json)$/;

/** A new name, `<id>.<extension>`, for an image of that type. */
export function newFileName(mimeType: HostedMimeType): string {
  return `${newId()}.${extensionOf(mimeType)}`;
}

/** A new name for a document that is stored beside the images and has no URL. */
export function newDocumentName(): string {
  return `${newId()}.json`;
}

/** Whether it is the name of an image, which may have a URL. */
export function isImageName(fileName: string): boolean {
  return isFileName(fileName) && !fileName.endsWith('.json');
}

/** Whether it is a name that Easel could have generated. Nothing else is ever read or deleted. */
export function isFileName(text: string): boolean {
  return FILE_NAME.test(text);
}

/** @param fileName accepted by `isFileName` */
export function mimeTypeOf(fileName: string): HostedMimeType | 'application/json' {
  const { extension } = partsOf(fileName);
  return extension === 'json' ? 'application/json' : MIME_TYPES[extension as Extension];
}

export function partsOf(fileName: string): { readonly id: string; readonly extension: string } {
  const [id = '', extension = ''] = fileName.split('.');
  return { id, extension };
}

function newId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

function extensionOf(mimeType: HostedMimeType): Extension {
  return mimeType === 'image/jpeg' ? 'jpg' : mimeType === 'image/png' ? 'png' : 'webp';
}
