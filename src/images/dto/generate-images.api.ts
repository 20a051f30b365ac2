import { applyDecorators } from '@nestjs/common';
export const ApiGenerateImages = (): MethodDecorator => applyDecorators();
