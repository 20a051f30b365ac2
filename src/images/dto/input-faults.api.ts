import type { GatewayFault } from '../../errors/gateway-error';

/** Examples of faults in the images that a client sends, for Swagger. */
export const INPUT_FAULTS: Readonly<Record<string, GatewayFault>> = {
  'A file that is not an image': {
    kind: 'invalid_request',
    message:
      "Invalid file 'image': unsupported mimetype ('application/pdf'). " +
      "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'.",
    param: 'image',
    code: 'unsupported_file_mimetype',
  },
  'An image that cannot be read': { kind: 'unreadable_input_image', name: 'image' },
};
