import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/**
 * The body exactly as a `BodyGuard` read it. `@Body()` does not work for this: its pipe uses
 * class-transformer, which would copy every file and every blob.
 */
export const ReadBody = createParamDecorator(
  (_: undefined, context: ExecutionContext): unknown =>
    context.switchToHttp().getRequest<Request>().body,
);
