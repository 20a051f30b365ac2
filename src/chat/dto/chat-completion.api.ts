import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOperation, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { eventSchema } from '../../http/docs/event-schema';
import { OpenAiErrorBodyDto } from '../../http/errors/openai-error.dto';
import { EXAMPLE_IMAGE } from '../../images/dto/example-images';
import {
  ApiImageErrors,
  ApiImageRequestHeaders,
  IMAGE_HEADERS,
} from '../../images/dto/image-responses.api';
import { INPUT_FAULTS } from '../../images/dto/input-faults.api';
import { ChatChunkDto } from './chat-chunk.dto';
import { ChatCompletionDto } from './chat-completion.dto';
import { ChatCompletionResponseDto } from './chat-response.dto';

const chunk = (delta: string, finish = 'null'): string =>
  'data: {"id":"chatcmpl-5f0c…","object":"chat.completion.chunk","created":1790000000,' +
  `"model":"gemini-3-pro-image","choices":[{"index":0,"delta":${delta},"logprobs":null,` +
  `"finish_reason":${finish}}]}\n\n`;

/** An abbreviated stream as a client sees it. */
const STREAM_EXAMPLE = [
  chunk('{"role":"assistant","content":""}'),
  ': keepalive\n\n',
  chunk('{"content":"Here it is."}'),
  chunk(
    '{"images":[{"type":"image_url","index":0,"image_url":{"url":"data:image/jpeg;base64,/9j/4AAQ…"}}]}',
  ),
  chunk('{}', '"stop"'),
  'data: [DONE]\n\n',
].join('');

const CHUNKS = eventSchema([
  {
    description:
      'The JSON of ChatChunkDto, or of OpenAiErrorBodyDto if it fails; `[DONE]` at the end.',
    json: {
      oneOf: [
        { $ref: getSchemaPath(ChatChunkDto) },
        { $ref: getSchemaPath(OpenAiErrorBodyDto) },
        { type: 'string', enum: ['[DONE]'] },
      ],
    },
  },
]);

/** Swagger's description of `POST /v1/chat/completions`. */
export const ApiCompleteChat = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      summary: 'Generate images in a chat',
      description:
        'For programs that generate images through chat completions. The prompt is the last message of the ' +
        'user; earlier messages, with their images, are its context. All n images are in the first choice. ' +
        'The model may also return only text. Titles, tags and search queries that chat programs ' +
        'request by themselves get a local response, without a call to Google.',
    }),
    ApiImageRequestHeaders(),
    ApiBody({
      type: ChatCompletionDto,
      examples: {
        'A prompt': {
          value: {
            model: 'gemini-3-pro-image',
            messages: [{ role: 'user', content: 'A minimalist rocket icon, flat design' }],
          },
        },
        'With OpenRouter’s parameters': {
          value: {
            model: 'google/gemini-3-pro-image',
            messages: [{ role: 'user', content: 'A lighthouse at dusk' }],
            modalities: ['image', 'text'],
            image_config: { aspect_ratio: '16:9', image_size: '2K' },
          },
        },
        'An edit of an image': {
          value: {
            messages: [
              {
                role: 'user',
                content: [
                  { type: 'text', text: 'Make it blue' },
                  { type: 'image_url', image_url: { url: EXAMPLE_IMAGE } },
                ],
              },
            ],
          },
        },
        'A conversation': {
          value: {
            messages: [
              { role: 'system', content: 'You illustrate books for children.' },
              { role: 'user', content: 'A cat' },
              {
                role: 'assistant',
                content: 'Here it is.',
                images: [{ type: 'image_url', image_url: { url: EXAMPLE_IMAGE } }],
              },
              { role: 'user', content: 'The same at night' },
            ],
          },
        },
        'As a stream': {
          value: {
            messages: [{ role: 'user', content: 'A lighthouse in the fog' }],
            stream: true,
            stream_options: { include_usage: true },
          },
        },
      },
    }),
    ApiExtraModels(OpenAiErrorBodyDto, ChatCompletionResponseDto, ChatChunkDto),
    ApiResponse({
      status: 200,
      description:
        'The message, with its images. With `stream: true`: chunks as OpenAI sends them. The first is sent ' +
        'when an account is found, or after 15 seconds; `X-Account-Email` is then that of the first call. ' +
        'A later failure is an `error` in a separate chunk, and a refusal ends with ' +
        '`finish_reason: "content_filter"`.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(ChatCompletionResponseDto) } },
        'text/event-stream': { schema: CHUNKS, example: STREAM_EXAMPLE },
      },
      headers: IMAGE_HEADERS,
    }),
    ApiImageErrors({
      'A body that is not JSON': {
        kind: 'unsupported_content_type',
        message: 'Invalid Content-Type header, expected application/json.',
      },
      ...INPUT_FAULTS,
    }),
  );
