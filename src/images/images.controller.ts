import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Inject,
  Post,
  Res,
  UseGuards,
  type Type,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { lastValueFrom, type Observable } from 'rxjs';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { invalidRequest } from '../errors/gateway-error';
import { AnswerMemory } from '../context/answer-memory';
import { clientGone } from '../context/client-gone';
import { Drain } from '../http/lifecycle/drain';
import { DrainGuard } from '../http/lifecycle/drain.guard';
import { EditBodyGuard, type EditBody } from './edit-body.guard';
import { JsonBodyGuard } from '../http/bodies/json-body.guard';
import { MultipartBodyGuard } from '../http/bodies/multipart-body.guard';
import type { MultipartForm } from '../http/bodies/multipart-form';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { RequestValidationPipe } from '../http/bodies/request-validation.pipe';
import type { ImagePlan } from '../mapping/image-plan';
import { VARIATION_PROMPT } from '../mapping/variation-prompt';
import { ApiEditImages } from './dto/edit-images.api';
import { EditImagesDto } from './dto/edit-images.dto';
import { ApiGenerateImages } from './dto/generate-images.api';
import { GenerateImagesDto, toImageRequestFields } from './dto/generate-images.dto';
import { ApiVaryImage } from './dto/vary-image.api';
import { VaryImageDto } from './dto/vary-image.dto';
import type { ImageEventFamily } from './image-events';
import { ImagesResponse } from './images.response';
import { ImagesService, type ImageClient } from './images.service';
import { editFromForm, variationFromForm } from './inputs/edit-form.request';
import { editFromJson } from './inputs/edit-json';
import type { SentImages } from './inputs/sent-images';

@ApiTags('Images')
@Controller('v1/images')
export class ImagesController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly service: ImagesService,
    private readonly drain: Drain,
    private readonly memory: AnswerMemory,
  ) {}

  @Post('generations')
  @HttpCode(200)
  @UseGuards(DrainGuard, JsonBodyGuard)
  @ApiGenerateImages()
  async generate(
    @Body() dto: GenerateImagesDto,
    @Headers('x-account-email') pinnedEmail: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    refuseWhatGeminiLacks(dto);
    const plan = this.service.plan(toImageRequestFields(dto, dto.prompt));
    const family = dto.stream === true ? 'image_generation' : undefined;
    await this.answer({ plan, family, pinnedEmail, user: dto.user }, response);
  }

  @Post('edits')
  @HttpCode(200)
  @UseGuards(DrainGuard, EditBodyGuard)
  @ApiEditImages()
  async edit(
    @ReadBody() body: EditBody,
    @Headers('x-account-email') pinnedEmail: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const { fields, sent } =
      body.kind === 'multipart' ? editFromForm(body.form) : editFromJson(body.value);
    const dto = await checked(fields, EditImagesDto);
    refuseWhatGeminiLacks(dto);
    const plan = this.service.planEdit(toImageRequestFields(dto, dto.prompt), sent);
    const family = dto.stream === true ? 'image_edit' : undefined;
    await this.answer({ plan, sent, family, pinnedEmail, user: dto.user }, response);
  }

  @Post('variations')
  @HttpCode(200)
  @UseGuards(DrainGuard, MultipartBodyGuard)
  @ApiVaryImage()
  async vary(
    @ReadBody() form: MultipartForm,
    @Headers('x-account-email') pinnedEmail: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const { fields, sent } = variationFromForm(form);
    const dto = await checked(fields, VaryImageDto);
    const plan = this.service.planEdit(toImageRequestFields(dto, VARIATION_PROMPT), sent);
    await this.answer({ plan, sent, pinnedEmail, user: dto.user }, response);
  }

  private async answer(order: Order, response: Response): Promise<void> {
    const { sent, family, user, pinnedEmail } = order;
    this.drain.waitFor(response);
    const client = {
      pinnedEmail: pinOf(pinnedEmail),
      stickyKey: user,
      since: Date.now(),
      gone: clientGone(response),
      memory: this.memory.of(response),
      log: response.req.log,
    };
    const plan = await this.complete(order.plan, sent, client);
    if (plan === undefined) {
      return;
    }
    const answer = new ImagesResponse(response, plan, this.config.images.accountHeader);
    if (family !== undefined) {
      await answer.stream(this.service.stream(plan, client), family);
      return;
    }
    const images = await valueOf(this.service.generate(plan, client));
    if (images !== undefined) {
      answer.send(images);
    }
  }

  /** The plan with the images that came with its request. */
  private async complete(
    plan: ImagePlan,
    sent: SentImages | undefined,
    client: ImageClient,
  ): Promise<ImagePlan | undefined> {
    return sent === undefined ? plan : valueOf(this.service.withInputs(plan, sent, client));
  }
}

/** A request for images, understood. */
interface Order {
  readonly plan: ImagePlan;
  /** The images that came with it, still to be read. */
  readonly sent?: SentImages;
  /** The name of its events; undefined where the answer is not a stream. */
  readonly family?: ImageEventFamily | undefined;
  readonly pinnedEmail: string | undefined;
  readonly user: string | undefined;
}

const validation = new RequestValidationPipe();

/** The fields of a body that was taken apart, validated as the pipe would a whole one. */
async function checked<T extends object>(fields: object, dto: Type<T>): Promise<T> {
  return (await validation.transform(fields, { type: 'body', metatype: dto })) as T;
}

/** Undefined when it completes without a value: the client has gone, and nobody is left to answer. */
function valueOf<T>(result: Observable<T>): Promise<T | undefined> {
  return lastValueFrom(result, { defaultValue: undefined });
}

/** The account named in a header, whose bytes are UTF-8 as in the header that Easel sends. */
function pinOf(header: string | undefined): string | undefined {
  const email = Buffer.from(header ?? '', 'latin1')
    .toString('utf8')
    .trim();
  return email === '' ? undefined : email;
}

function refuseWhatGeminiLacks(dto: Pick<GenerateImagesDto, 'background'>): void {
  if (dto.background === 'transparent') {
    throw invalidRequest(
      'background',
      'invalid_value',
      'Transparent background is not supported: no Gemini image model makes an alpha channel.',
    );
  }
}
