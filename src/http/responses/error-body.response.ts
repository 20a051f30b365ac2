import type { Response } from 'express';

/**
 * Sends an error object as bytes: Node encodes a head that it sends together with text as that text,
 * so a header with UTF-8 bytes would be encoded twice.
 */
export function sendErrorBody(response: Response, status: number, body: object): void {
  response
    .status(status)
    .type('json')
    .send(Buffer.from(JSON.stringify(body)));
}
