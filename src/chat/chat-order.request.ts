import type { Request } from 'express';
import type { AppConfig } from '../config/app-config';
import { invalidRequest } from '../errors/gateway-error';
import type { StructureLimits } from '../http/bodies/blob-json-body';
import type { JsonBody } from '../http/bodies/body.guard';
import type { BodyPath } from '../http/bodies/body-paths';
import { RequestValidationPipe } from '../http/bodies/request-validation.pipe';
import { toImageRequestFields } from '../images/dto/generate-images.dto';
import { invalidType, nameOfType } from '../images/dto/parameter-fault';
import type { ConversationOrder } from '../images/images-order';
import { member } from '../json/unknown-json';
import { chatFieldNames, chatFields, findImageConfigs } from './chat-fields';
import { readConversation } from './conversation.request';
import { ChatFieldsDto } from './dto/chat-completion.dto';
import { imagePlacement, type ImagePlacement } from './image-placement';

/** The paths of images in a chat, and of texts that may contain images. */
export const CHAT_BLOBS: readonly BodyPath[] = [
  ['content'],
  ['content', '[]'],
  ['content', '[]', 'text'],
  ['content', '[]', 'image_url'],
  ['content', '[]', 'image_url', 'url'],
  ['images', '[]'],
  ['images', '[]', 'image_url'],
  ['images', '[]', 'image_url', 'url'],
].map((path) => ['messages', '[]', ...path]);

/**
 * Allows for hundreds of short messages and for descriptions of tools, which are ignored; the limit
 * of brackets and commas is that of any other body.
 */
export const CHAT_STRUCTURE: StructureLimits = {
  maxSkeletonBytes: 1024 * 1024,
  maxSkeletonNodes: 64 * 1024,
};

/** The format that the client wants for its response. */
export interface ChatView {
  readonly placement: ImagePlacement;
  readonly includesUsage: boolean;
}

export interface ChatOrder {
  readonly order: ConversationOrder;
  readonly view: ChatView;
}

/** @throws GatewayError `invalid_request` */
export async function chatOrder(
  body: JsonBody,
  headers: Request['headers'],
  { images }: AppConfig['chat'],
): Promise<ChatOrder> {
  const imageConfigs = findImageConfigs(body);
  const modalities = readModalities(body['modalities']);
  const dto = await validatedFields(chatFields(body, imageConfigs));
  const {
    turns,
    systemInstruction,
    images: urls,
    prompt,
    warnings,
  } = readConversation(body['messages']);
  const asksForImages = modalities !== undefined || imageConfigs.configs.length > 0;
  return {
    order: {
      fields: {
        ...toImageRequestFields(dto, prompt),
        names: chatFieldNames(body, imageConfigs),
      },
      stream: dto.stream === true,
      ...(urls.length === 0 ? {} : { uploads: { kind: 'urls', images: urls } }),
      conversation: {
        turns,
        systemInstruction,
        wantsText: modalities?.includes('text') ?? true,
        temperature: dto.temperature,
        topP: dto.top_p,
        warnings,
      },
    },
    view: {
      placement: imagePlacement(images, asksForImages, headers['user-agent']),
      includesUsage: member(body['stream_options'], 'include_usage') === true,
    },
  };
}

/** In lower case; undefined if the client sends none. */
function readModalities(value: unknown): readonly string[] | undefined {
  if ((value ?? undefined) === undefined) {
    return undefined;
  }
  if (!Array.isArray(value)) {
    throw invalidType('modalities', 'an array of strings', nameOfType(value));
  }
  const modalities = value.map((each: unknown) => String(each).toLowerCase());
  if (!modalities.includes('image')) {
    throw invalidRequest(
      'modalities',
      'invalid_value',
      "Invalid 'modalities': this gateway makes images. Ask for ['image', 'text'] or ['image'], or leave it out.",
    );
  }
  return modalities;
}

const validation = new RequestValidationPipe();

async function validatedFields(fields: object): Promise<ChatFieldsDto> {
  return (await validation.transform(fields, {
    type: 'body',
    metatype: ChatFieldsDto,
  })) as ChatFieldsDto;
}
