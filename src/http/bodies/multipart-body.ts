import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { SliceList } from '../../json/slice-list';
import { MAX_TEXT_BYTES, MAX_TEXTS_BYTES, notUtf8, textTooLong } from './body-text';
import { parseHeader } from './header-parameters';
import { fieldName, MultipartForm, type FormField, type FormFile } from './multipart-form';
import {
  decodeText,
  firstBytes,
  looksLikeText,
  partKind,
  readPartHeader,
  type FileRules,
  type PartHeader,
  type PartHeaderLines,
} from './multipart-part';
import { readBody, type BodyLimits } from './request-body';

/** Far more than any client sends: two dozen fields and as many files. */
const MAX_PARTS = 256;
const MAX_NAME_CHARACTERS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
/** RFC 2046 allows 70 characters; Dicer accepts at most 252. */
const MAX_BOUNDARY_CHARACTERS = 200;

export interface MultipartRules extends BodyLimits {
  readonly files: FileRules;
}

/** Whether the content type of a body is that of a form. */
export function isMultipart({ headers }: IncomingMessage): boolean {
  return parseHeader(headers['content-type'] ?? '').value === 'multipart/form-data';
}

/**
 * Reads a form. Files stay the slices that arrived. A part is a file if it has a file name, a type
 * that only files have, or a name in `names` and content that is not text. Text under such a name
 * (usually a data URI) is a field, of which only the beginning is kept; so is a short text that was
 * sent as a file under any other name. A file input without a chosen file (no name, no bytes) is
 * left out.
 *
 * @throws GatewayError of `readBody`, and `invalid_request` for a body that is not a form, or that
 * has more or longer texts than any request needs
 */
export async function readMultipartBody(
  request: IncomingMessage,
  response: ServerResponse,
  { files, ...limits }: MultipartRules,
): Promise<MultipartForm> {
  const { parameters } = parseHeader(request.headers['content-type'] ?? '');
  const reader = new MultipartReader(parameters.get('boundary') ?? '', files);
  await readBody(request, response, limits, (chunk) => {
    reader.push(chunk);
  });
  return reader.end();
}

/**
 * Parses a form from chunks with Dicer, the parser inside @fastify/busboy. Busboy itself silently
 * skips parts that it cannot read, and loses the order of files and fields.
 */
export class MultipartReader {
  private readonly dicer: Dicer;
  private readonly parts: Promise<PartContent>[] = [];
  private readonly complete: Promise<void>;
  private isComplete = false;
  private fault: GatewayError | undefined;
  private textBytes = 0;

  /** @throws GatewayError `invalid_request` for an invalid boundary */
  constructor(
    boundary: string,
    private readonly files: FileRules,
  ) {
    if (boundary === '' || boundary.length > MAX_BOUNDARY_CHARACTERS) {
      throw notAForm('its Content-Type header has no boundary, or one that is too long.');
    }
    // Everything is kept anyway, so parts accept any amount: back-pressure would only make Dicer
    // delay chunks that have already arrived.
    const unbounded = { partHwm: Number.MAX_SAFE_INTEGER, maxHeaderSize: MAX_HEADER_BYTES };
    this.dicer = new Dicer({ boundary, ...unbounded });
    this.complete = new Promise((resolve) => {
      this.dicer.on('finish', () => {
        this.isComplete = true;
        resolve();
      });
      this.dicer.on('error', () => {
        this.fail(notAForm('it ends before its closing boundary.'));
        resolve();
      });
    });
    this.dicer.on('part', (part: Readable) => {
      this.take(part);
    });
  }

  /** Adds a chunk, which is kept and not copied. @throws GatewayError `invalid_request` */
  push(chunk: Buffer): void {
    if (!this.isComplete) {
      this.dicer.write(chunk);
    }
    this.throwFault();
  }

  /**
   * Returns the form.
   *
   * @throws GatewayError `invalid_request` if it is incomplete or not a form
   */
  async end(): Promise<MultipartForm> {
    if (!this.isComplete) {
      this.dicer.end();
    }
    await this.complete;
    this.throwFault();
    // Dicer may finish while the last bytes of a part are still in its stream.
    const contents = await Promise.all(this.parts);
    this.throwFault();
    return new MultipartForm(
      contents.flatMap(({ field }) => field ?? []),
      contents.flatMap(({ file }) => file ?? []),
    );
  }

  private take(part: Readable): void {
    if (this.parts.length === MAX_PARTS) {
      // Throws out of `push`, in the middle of the chunk: the rest of it may hold thousands of
      // parts, which would block the event loop.
      this.fail(invalidRequest(null, null, `A form may have ${MAX_PARTS} parts at most.`));
      this.throwFault();
    }
    let header: PartHeader | undefined;
    let isText = false;
    const content = new SliceList();
    part.on('header', (lines: PartHeaderLines) => {
      header = readPartHeader(lines);
      isText = header !== undefined && partKind(header, this.files) === 'text';
    });
    part.on('data', (chunk: Buffer) => {
      content.add(chunk);
      if (isText) {
        this.countText(header?.name ?? '', chunk.length, content.byteLength);
      }
    });
    // Dicer emits the same error, and it is handled there.
    part.on('error', () => undefined);
    this.parts.push(
      new Promise((resolve) => {
        part.on('end', () => {
          resolve(this.contentOf(header, content));
        });
      }),
    );
  }

  private countText(field: string, bytes: number, bytesOfField: number): void {
    this.textBytes += bytes;
    if (bytesOfField > MAX_TEXT_BYTES || this.textBytes > MAX_TEXTS_BYTES) {
      this.fail(textTooLong(field));
    }
  }

  private contentOf(header: PartHeader | undefined, content: SliceList): PartContent {
    if (header === undefined || header.name.length > MAX_NAME_CHARACTERS) {
      this.fail(notAForm('a part of it has no Content-Disposition header with a proper name.'));
      return {};
    }
    try {
      return readPart(header, content.slices(), this.files);
    } catch (error) {
      // Thrown here, inside an event of the part, it would end the process.
      this.fail(error instanceof GatewayError ? error : notUtf8());
      return {};
    }
  }

  /** Records the first fault, to be thrown where the caller can catch it. */
  private fail(fault: GatewayError): void {
    this.fault ??= fault;
  }

  private throwFault(): void {
    if (this.fault !== undefined) {
      throw this.fault;
    }
  }
}

/** The content of a part: text or file, or neither if no file was chosen. */
interface PartContent {
  readonly field?: FormField;
  readonly file?: FormFile;
}

function readPart(header: PartHeader, slices: readonly Buffer[], files: FileRules): PartContent {
  const { name, filename, declaredType, charset } = header;
  const kind = partKind(header, files);
  if (slices.length === 0 && (filename === '' || kind === 'either')) {
    return {};
  }
  if (kind === 'text' || (isTextual(header, kind, slices, files) && looksLikeText(slices))) {
    return { field: { name, value: decodeText(firstBytes(slices, MAX_TEXT_BYTES), charset) } };
  }
  return {
    file: {
      name,
      filename: filename === '' ? undefined : filename,
      declaredType,
      bytes: [...slices],
    },
  };
}

/**
 * Whether a part that may be a file can be text: under the name of a file, or under any other name
 * if the client sends everything as a file.
 */
function isTextual(
  { name }: PartHeader,
  kind: 'file' | 'either',
  slices: readonly Buffer[],
  { names }: FileRules,
): boolean {
  const bytes = slices.reduce((sum, { length }) => sum + length, 0);
  return kind === 'either' || (!names.has(fieldName(name).base) && bytes <= MAX_TEXT_BYTES);
}

function notAForm(why: string): GatewayError {
  return invalidRequest(
    null,
    null,
    `The body of your request is not valid multipart/form-data: ${why}`,
  );
}
