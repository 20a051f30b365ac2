import { BadRequestException, NotFoundException } from '@nestjs/common';
import { invalidRequest } from '../../errors/gateway-error';
import { faultOfError } from './openai-error.filter';

/** As http-errors, and so Express and body-parser, make them. */
const httpError = (status: number) => Object.assign(new Error('a message of theirs'), { status });

describe('faultOf', () => {
  it.each<[string, unknown, string]>([
    ['a fault of ours', invalidRequest('n', null, 'x'), 'invalid_request'],
    ['Nest’s 404', new NotFoundException(), 'unknown_route'],
    ['Nest’s 400', new BadRequestException(), 'invalid_request'],
    ['a body too large', httpError(413), 'body_too_large'],
    ['an unknown charset', httpError(415), 'unsupported_content_type'],
    ['malformed JSON', httpError(400), 'invalid_request'],
    ['a status that is no client’s fault', httpError(500), 'internal'],
    ['any other error', new TypeError('x'), 'internal'],
    ['something that is no error', 'x', 'internal'],
    ['nothing', undefined, 'internal'],
  ])('%s', (_name, error, kind) => {
    expect(faultOfError(error, { method: 'GET', path: '/x' }, 100).kind).toBe(kind);
  });

  it('never passes on the text of foreign errors', () => {
    const fault = faultOfError(httpError(400), { method: 'GET', path: '/x' }, 100);
    expect(JSON.stringify(fault)).not.toContain('theirs');
  });
});
