import type { Type } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { OpenAiErrorBodyDto } from '../../http/errors/openai-error.dto';
import type { ImageEventFamily } from '../image-events';
import { CompletedImageEventDto, PartialImageEventDto } from './image-events.dto';

type SchemaObject = Readonly<Record<string, unknown>>;

/**
 * The events of a stream, each as its two fields. OpenAPI 3.0 has no words for a sequence, so this is the schema of any one
 * of them, nor for JSON inside of a string: `x-json-schema` says what `data` is once it is parsed.
 */
export function imageEventSchema(family: ImageEventFamily): SchemaObject {
  return {
    description: 'Each event.',
    oneOf: [
      event(`${family}.partial_image`, PartialImageEventDto),
      event(`${family}.completed`, CompletedImageEventDto),
      // With `type: "error"` beside it: what ends a stream that fails after its 200.
      event('error', OpenAiErrorBodyDto),
    ],
  };
}

function event(name: string, dto: Type): SchemaObject {
  return {
    type: 'object',
    title: name,
    required: ['event', 'data'],
    properties: {
      event: { type: 'string', enum: [name] },
      data: {
        type: 'string',
        description: `The JSON of ${dto.name}.`,
        'x-json-schema': { $ref: getSchemaPath(dto) },
      },
    },
  };
}
