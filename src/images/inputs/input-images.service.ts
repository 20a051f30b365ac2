import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../context/request-context';
import { GatewayError, invalidRequest } from '../../errors/gateway-error';
import { encodedByteLength } from '../../json/base64-blob';
import type { JsonBlob } from '../../json/json-blob';
import type { ImagePlan } from '../../mapping/image-plan';
import type { InputImages, InputMarkup, InputMask } from '../../mapping/input-images';
import type { ImageHeader } from '../pixels/image-header';
import type { PixelSize } from '../pixels/cover';
import { canHold } from '../pixels/encoding-target';
import { MAX_PIXELS } from '../pixels/image-source';
import { InputReader, type InputReading } from '../pixels/input-reader';
import { MarkupComposer } from '../pixels/markup-composer';
import { MaskReader } from '../pixels/mask-reader';
import { tooLargeWhole } from '../pixels/too-large-whole';
import { ImageUrlService } from './image-url.service';
import { drainToInputImage, type ImageField, type InputImage } from './input-image';
import type { Uploaded, UploadedFile, UploadedImages } from './uploaded-images';

/**
 * The parts of a request that reading its images needs: the signal that ends it, and the memory it
 * counts in.
 */
export type InputContext = Pick<RequestContext, 'signal' | 'memory'>;

/** The received images, each with the type that its own bytes show. */
interface ReceivedImages {
  /** In the client's order; undefined for an image that the request can do without. */
  readonly images: readonly (InputImage | undefined)[];
  readonly mask?: InputImage | undefined;
  readonly markup?: InputImage | undefined;
}

/** An image as received, and upright. */
interface ReadImage {
  readonly original: JsonBlob;
  readonly data: JsonBlob;
  readonly header: ImageHeader;
}

/** Reads the images of a request down to the last pixel before money is spent. */
@Injectable()
export class InputImagesService {
  constructor(
    private readonly urls: ImageUrlService,
    private readonly inputs: InputReader,
    private readonly masks: MaskReader,
    private readonly markups: MarkupComposer,
  ) {}

  /**
   * The images in order, upright and with their true types, and the mask or the markup.
   *
   * @param plan decides the format of a masked edit
   * @throws GatewayError `invalid_request` or `unreadable_input_image`, naming the image at fault
   * @throws the reason of the context's signal if it is aborted
   */
  async read(
    uploads: UploadedImages,
    plan: Pick<ImagePlan, 'outputFormat'>,
    context: InputContext,
  ): Promise<InputImages> {
    const { images, mask, markup } = await this.received(uploads, context);
    const fields = uploads.images.map(({ field }) => field);
    const read = await this.readToTheEnd(images, fields, context);
    const [first] = read;
    return {
      images: read.map(({ data, header }) => ({ mimeType: header.mimeType, data })),
      missing: images.flatMap((image, place) => (image === undefined ? [place] : [])),
      mask: mask && first && (await this.readMask(mask, first, plan, context)),
      markup: markup && first && (await this.layMarkup(markup, first, context)),
    };
  }

  /** The inputs as base64, each with the type that its own bytes show. */
  private async received(uploads: UploadedImages, context: InputContext): Promise<ReceivedImages> {
    const all =
      uploads.kind === 'files'
        ? await fromFiles(withOverlay(uploads), context)
        : await this.urls.readAll(withOverlay(uploads), context);
    const count = uploads.images.length;
    const [overlay] = all.slice(count);
    const images = all.slice(0, count);
    // A plan has at most one of the two.
    return uploads.mask === undefined ? { images, markup: overlay } : { images, mask: overlay };
  }

  private async readToTheEnd(
    images: readonly (InputImage | undefined)[],
    fields: readonly ImageField[],
    context: InputContext,
  ): Promise<readonly ReadImage[]> {
    const read: ReadImage[] = [];
    // One after the other: a request with one image then waits for one image of another request
    // instead of all of them, and nothing is decoded after an image that is refused.
    for (const [index, image] of images.entries()) {
      if (image === undefined) {
        continue;
      }
      const { data: original, header } = image;
      const field = fields[index];
      if (field === undefined) {
        throw new Error('an image without its field');
      }
      const reading = await this.inputs.read(original, context);
      if (!reading.ok) {
        throw faultOfReading(reading, field, header);
      }
      if (reading.image.data !== original) {
        // It was rotated and encoded again.
        context.memory.hold(reading.image.data.byteLength);
      }
      read.push({ original, ...reading.image });
    }
    return read;
  }

  private async layMarkup(
    { data: markup }: InputImage,
    image: ReadImage,
    context: InputContext,
  ): Promise<InputMarkup> {
    const reading = await this.markups.lay(markup, image, context);
    if (!reading.ok) {
      throw invalidRequest(
        'markup',
        'invalid_value',
        `Invalid 'markup': ${reading.problem}. Send a PNG of the first image's size, transparent except for the marks.`,
      );
    }
    const { marked, header, isEmpty } = reading;
    context.memory.hold(marked.byteLength);
    return { marked: { mimeType: header.mimeType, data: marked }, isEmpty };
  }

  private async readMask(
    { data: mask }: InputImage,
    { original, header }: ReadImage,
    { outputFormat = 'png' }: Pick<ImagePlan, 'outputFormat'>,
    context: InputContext,
  ): Promise<InputMask> {
    const reading = await this.masks.read(mask, header, context);
    if (!reading.ok) {
      throw invalidRequest('mask', reading.code, reading.message);
    }
    if (!canHold(outputFormat, header)) {
      throw invalidRequest(
        'output_format',
        'invalid_value',
        `Invalid 'output_format': an edit with a mask has the size of its first image, and ` +
          `${sizeOf(header)} is more than ${outputFormat} can hold. Ask for png.`,
      );
    }
    const { forModel, keepsEverything } = reading;
    context.memory.hold(forModel.byteLength);
    return { original, mask, forModel, keepsEverything };
  }
}

function withOverlay<T>({ images, mask, markup }: Uploaded<T>): readonly T[] {
  const overlay = mask ?? markup;
  return overlay === undefined ? images : [...images, overlay];
}

/** One after the other: encoding occupies the event loop, so running all at once gains nothing. */
async function fromFiles(
  files: readonly UploadedFile[],
  { signal, memory }: InputContext,
): Promise<readonly InputImage[]> {
  const images: InputImage[] = [];
  for (const { bytes, field, declaredType } of files) {
    const length = bytes.reduce((sum, slice) => sum + slice.length, 0);
    const held = memory.hold(encodedByteLength(length));
    const image = await drainToInputImage(bytes, field, declaredType, signal);
    held.settle(image.data.byteLength);
    memory.releaseBodyBytes(length);
    images.push(image);
  }
  return images;
}

function faultOfReading(
  reading: Extract<InputReading, { ok: false }>,
  field: ImageField,
  header: PixelSize,
): GatewayError {
  switch (reading.fault) {
    case 'too_many_pixels':
      return tooManyPixels(field, header);
    case 'too_large_whole':
      return invalidRequest(
        field.param,
        'image_file_too_large',
        `Invalid file '${field.param}' (${sizeOf(header)}): ${tooLargeWhole(reading.bytes)}.`,
      );
    case 'unreadable':
      return new GatewayError({ kind: 'unreadable_input_image', name: field.param });
  }
}

function tooManyPixels({ param }: ImageField, header: PixelSize): GatewayError {
  return invalidRequest(
    param,
    'image_file_too_large',
    `Invalid file '${param}': too many pixels (${sizeOf(header)}). ` +
      `The maximum is ${MAX_PIXELS.toLocaleString('en')} pixels.`,
  );
}

function sizeOf({ width, height }: PixelSize): string {
  return `${width}x${height}`;
}
