import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/**
 * The body just as a `BodyGuard` has read it. Not `@Body()`: class-transformer, on which the pipe for
 * that rests, would copy every file and every blob in it.
 */
export const ReadBody = createParamDecorator(
  (_: undefined, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<Request>().body,
);
