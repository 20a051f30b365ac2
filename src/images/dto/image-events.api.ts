import type { Type } from '@nestjs/common';
import { getSchemaPath } from '@nestjs/swagger';
import { eventSchema, type DescribedEvent } from '../../http/docs/event-schema';
import { OpenAiErrorBodyDto } from '../../http/errors/openai-error.dto';
import type { ImageEventFamily } from '../image-events';
import { CompletedImageEventDto, PartialImageEventDto } from './image-events.dto';

/** The schema of a stream of image events, whose data may differ between dialects. */
export function imageEventSchema(
  family: ImageEventFamily,
  partial: Type = PartialImageEventDto,
  completed: Type = CompletedImageEventDto,
): object {
  return eventSchema([
    eventOf(`${family}.partial_image`, partial),
    eventOf(`${family}.completed`, completed),
    // Together with `type: "error"`: ends a stream that fails after its 200.
    eventOf('error', OpenAiErrorBodyDto),
  ]);
}

function eventOf(name: string, dto: Type): DescribedEvent {
  return { name, description: `The JSON of ${dto.name}.`, json: { $ref: getSchemaPath(dto) } };
}
