import { Controller, HttpCode, Inject, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { APP_CONFIG, type AppConfig } from '../config/app-config';
import { contextOf } from '../context/request-contexts';
import { Access } from '../http/auth/access';
import { BodyGuard, type JsonBody } from '../http/bodies/body.guard';
import { ReadBody } from '../http/bodies/read-body.decorator';
import { DrainGuard } from '../http/lifecycle/drain.guard';
import { IdempotencyGuard } from '../idempotency/idempotency.guard';
import { withModelInPath } from '../images/images-order.request';
import { ImagesService } from '../images/images.service';
import { taskResponse } from './background-task.request';
import { CHAT_BLOBS, chatOrder, CHAT_STRUCTURE } from './chat-order.request';
import { ChatRenderer } from './chat.renderer';
import { ApiCompleteChat } from './dto/chat-completion.api';

@ApiTags('Chat')
@Access('member')
@Controller('v1/chat')
export class ChatController {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly service: ImagesService,
    private readonly renderer: ChatRenderer,
  ) {}

  @Post('completions')
  @HttpCode(200)
  @UseGuards(
    DrainGuard,
    BodyGuard({ json: { blobsAt: CHAT_BLOBS, structure: CHAT_STRUCTURE } }),
    IdempotencyGuard,
  )
  @ApiCompleteChat()
  async complete(
    @ReadBody() body: JsonBody,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const context = contextOf(response);
    const task = taskResponse(body, this.config, context.consumer);
    if (task !== undefined) {
      this.renderer.renderTask(task, response);
      return;
    }
    const { order, view } = await chatOrder(body, request.headers, this.config.chat);
    const run = await this.service.run(withModelInPath(order, context), context);
    await this.renderer.render(run, view, response);
  }
}
