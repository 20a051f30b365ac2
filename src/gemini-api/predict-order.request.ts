import { invalidRequest, type GatewayError, type RequestFaultCode } from '../errors/gateway-error';
import type { JsonBody } from '../http/bodies/body.guard';
import type { ImagesOrder } from '../images/images-order';
import type { ImageOutputFormat } from '../mapping/image-request';
import { toWarning } from '../mapping/mapping-warning';
import { isMessage, protoField, protoInteger, protoItems } from './proto-message';

/** An order, and warnings about what cannot be carried out. */
export interface PredictOrder {
  readonly order: ImagesOrder;
  readonly warnings: readonly string[];
}

/** Imagen's parameters that change the image and that Gemini does not have. */
const NOT_CARRIED_OUT: readonly string[] = [
  'negativePrompt',
  'guidanceScale',
  'personGeneration',
  'safetySetting',
  'language',
  'addWatermark',
];

const FORMATS: Readonly<Record<string, ImageOutputFormat>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
};

/**
 * Converts a call of Imagen's former method to an order for images. `instances` may be the instance
 * itself, as Open WebUI sends it. Without `sampleCount` one image is made, although Imagen made
 * four: clients must not pay for images that they did not ask for.
 *
 * @param model the id in the path, decoded; Imagen ids stand for the default model
 * @throws GatewayError `invalid_request`
 */
export function predictOrder(model: string, body: JsonBody): PredictOrder {
  const instances = protoItems(body, 'instances');
  const [instance] = instances;
  if (instances.length > 1) {
    throw fault(
      'instances',
      'array_above_max_length',
      'Send one instance; sampleCount sets the number of images.',
    );
  }
  const parameters = protoField(body, 'parameters') ?? {};
  if (!isMessage(parameters)) {
    throw fault('parameters', 'invalid_type', 'parameters must be an object.');
  }
  refuseUnsupported(instance, parameters);
  const fields = {
    prompt: promptOf(instance),
    model,
    ...countOf(parameters),
    ...textField(parameters, 'aspectRatio', 'aspectRatio'),
    ...textField(parameters, 'sampleImageSize', 'imageSize'),
    ...textField(parameters, 'imageSize', 'imageSize'),
    ...seedOf(parameters),
    ...outputOf(parameters),
    names: {
      n: 'parameters.sampleCount',
      aspectRatio: 'parameters.aspectRatio',
      // The last one read wins, above.
      imageSize:
        protoField(parameters, 'imageSize') === undefined
          ? 'parameters.sampleImageSize'
          : 'parameters.imageSize',
    },
  };
  return { order: { fields, stream: false }, warnings: warningsOf(parameters) };
}

function promptOf(instance: unknown): string {
  const prompt = protoField(instance, 'prompt');
  if (prompt === undefined) {
    throw fault(
      'instances[0].prompt',
      'missing_required_parameter',
      'instances[0].prompt is missing.',
    );
  }
  if (typeof prompt !== 'string') {
    throw fault('instances[0].prompt', 'invalid_type', 'instances[0].prompt must be a string.');
  }
  if (prompt === '') {
    throw fault('instances[0].prompt', 'empty_string', 'instances[0].prompt is empty.');
  }
  return prompt;
}

/**
 * Imagen's parameters for editing images and for storing them in a bucket are not supported, and
 * must not be silently ignored.
 */
function refuseUnsupported(instance: unknown, parameters: unknown): void {
  for (const name of ['image', 'mask', 'referenceImages']) {
    if (protoField(instance, name) !== undefined) {
      throw fault(
        `instances[0].${name}`,
        'unknown_parameter',
        `instances[0].${name} is not supported. Send images to :generateContent, as inlineData.`,
      );
    }
  }
  if (protoField(parameters, 'storageUri') !== undefined) {
    throw fault(
      'parameters.storageUri',
      'unknown_parameter',
      'parameters.storageUri is not supported: images are returned in the response.',
    );
  }
}

function countOf(parameters: unknown): { readonly n?: number } {
  const value = protoField(parameters, 'sampleCount');
  if (value === undefined) {
    return {};
  }
  const n = protoInteger(value);
  if (n === undefined) {
    throw fault(
      'parameters.sampleCount',
      'invalid_type',
      'parameters.sampleCount must be an integer.',
    );
  }
  if (n < 1) {
    throw fault(
      'parameters.sampleCount',
      'integer_below_min_value',
      'parameters.sampleCount must be 1 or more.',
    );
  }
  return { n };
}

function textField<K extends string>(
  parameters: unknown,
  name: string,
  field: K,
): { readonly [key in K]?: string } {
  const value = protoField(parameters, name);
  if (value === undefined) {
    return {};
  }
  if (typeof value !== 'string') {
    throw fault(`parameters.${name}`, 'invalid_type', `parameters.${name} must be a string.`);
  }
  return { [field]: value } as { readonly [key in K]?: string };
}

function seedOf(parameters: unknown): { readonly seed?: number } {
  const seed = protoInteger(protoField(parameters, 'seed'));
  return seed === undefined ? {} : { seed };
}

/** Imagen's own default is PNG; if nothing is requested, the bytes are returned unchanged. */
function outputOf(parameters: unknown): {
  readonly outputFormat?: ImageOutputFormat;
  readonly outputCompression?: number;
} {
  const options = protoField(parameters, 'outputOptions');
  const mimeType = protoField(options, 'mimeType');
  if (mimeType === undefined) {
    return {};
  }
  const outputFormat = typeof mimeType === 'string' ? FORMATS[mimeType] : undefined;
  if (outputFormat === undefined) {
    throw fault(
      'parameters.outputOptions.mimeType',
      'invalid_value',
      `parameters.outputOptions.mimeType must be one of ${Object.keys(FORMATS).join(', ')}.`,
    );
  }
  const quality = protoInteger(protoField(options, 'compressionQuality'));
  return {
    outputFormat,
    ...(quality !== undefined && quality >= 0 && quality <= 100 && outputFormat !== 'png'
      ? { outputCompression: quality }
      : {}),
  };
}

function warningsOf(parameters: unknown): readonly string[] {
  return NOT_CARRIED_OUT.filter((name) => protoField(parameters, name) !== undefined).map((name) =>
    toWarning(`parameters.${name} is not supported by Gemini. Say it in the prompt`),
  );
}

function fault(param: string, code: RequestFaultCode, message: string): GatewayError {
  return invalidRequest(param, code, message);
}
