import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { GatewayError } from '../errors/gateway-error';
import { Access } from '../http/auth/access';
import { ApiErrors, OpenAiErrorBodyDto } from '../http/errors/openai-error.dto';
import { entityTagOf, ImageLinks } from './image-links';
import { HostedImages } from './hosted-images';
import type { StoredImage } from './image-store';
import { sendStoredImage } from './stored-image.response';

const BYTES = Object.fromEntries(
  ['image/png', 'image/jpeg', 'image/webp'].map((type) => [
    type,
    { schema: { type: 'string', format: 'binary' } },
  ]),
);

@ApiTags('Files')
@ApiExtraModels(OpenAiErrorBodyDto)
@Controller('files')
export class HostedImagesController {
  constructor(
    private readonly links: ImageLinks,
    private readonly hosted: HostedImages,
  ) {}

  /** An image by its signed URL. The signature replaces the key. */
  @Get(':file')
  @Access('public')
  @ApiOperation({
    summary: 'Get a hosted image',
    description:
      'The URL comes from a response with `response_format: "url"`, and needs no API key. It supports ' +
      '`Range`, `If-None-Match` and `HEAD`.',
    security: [],
  })
  @ApiParam({ name: 'file', example: 'Q3Jq9vYtTnO5gkzm1v0yXw.png' })
  @ApiQuery({ name: 'exp', type: Number, description: 'When the URL expires, in epoch seconds.' })
  @ApiQuery({ name: 'sig', type: String, description: 'The signature.' })
  @ApiResponse({ status: 200, description: 'The image.', content: BYTES })
  @ApiResponse({ status: 206, description: 'The requested range.', content: BYTES })
  @ApiResponse({ status: 304, description: 'The copy named by `If-None-Match` is current.' })
  @ApiErrors({
    'A wrong signature': { kind: 'link_forged' },
    'A URL that has expired': { kind: 'link_expired' },
    'An image that was deleted': { kind: 'image_gone' },
    'A range outside the image': { kind: 'range_not_satisfiable', byteLength: 1_402_113 },
    'The store is unavailable': { kind: 'image_store_unavailable' },
  })
  async read(
    @Param('file') fileName: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const state = this.links.stateOf(fileName, request.query);
    if (state !== 'valid') {
      throw new GatewayError({ kind: state === 'forged' ? 'link_forged' : 'link_expired' });
    }
    const image = await this.opened(fileName);
    if (image === undefined) {
      throw new GatewayError({ kind: 'image_gone' });
    }
    try {
      await sendStoredImage(request, response, {
        image,
        fileName,
        entityTag: entityTagOf(fileName),
        expires: Number(request.query['exp']),
      });
    } finally {
      await image.close();
    }
  }

  private async opened(fileName: string): Promise<StoredImage | undefined> {
    try {
      return await this.hosted.open(fileName);
    } catch (cause) {
      throw new GatewayError({ kind: 'image_store_unavailable' }, { cause });
    }
  }
}
