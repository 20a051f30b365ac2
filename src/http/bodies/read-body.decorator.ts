import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/**
 * The body just as a guard has read it: a `MultipartForm` or an `EditBody`. Not `@Body()`:
 * class-transformer, on which the pipe for that rests, would copy every image in it.
 */
export const ReadBody = createParamDecorator(
  (_: undefined, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<Request>().body,
);
