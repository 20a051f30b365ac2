import type { Response } from 'express';
import { lastValueFrom, tap, type Observable } from 'rxjs';
import type { AppConfig } from '../config/app-config';
import { accountHeader } from '../http/responses/account-header';
import { sendBlobJson } from '../http/responses/blob-json.response';
import { setOpenAiHeaders } from '../http/responses/openai-headers';
import { SseWriter } from '../http/responses/sse-writer';
import type { ImagePlan } from '../mapping/image-plan';
import type { GeneratedImage, SourcedImage } from './generated-image';
import { imageEvent, type ImageEventFamily, type ImageProgress } from './image-events';
import { imagesAnswer } from './images-answer';

/**
 * The answer to one request for images, as JSON or as a stream, with its headers and its note for
 * the log. What is really asked of upstream is told on errors as well, so it is made before anything
 * can fail.
 */
export class ImagesResponse {
  /** The accounts of the images sent so far, in order. */
  private readonly accounts: string[] = [];

  /** @param keepAliveMs how long a stream may be silent; only tests are in a hurry */
  constructor(
    private readonly response: Response,
    private readonly plan: ImagePlan,
    private readonly accountHeaderMode: AppConfig['images']['accountHeader'],
    private readonly keepAliveMs?: number,
  ) {
    this.setPlanHeaders();
    this.noteForLog();
  }

  /** @param images at least one, in the order they were asked for */
  send(images: readonly GeneratedImage[]): void {
    this.setSourceHeaders(images);
    this.setReturned(images.length);
    setOpenAiHeaders(this.response);
    this.noteSent(images);
    sendBlobJson(this.response, imagesAnswer(this.plan, images, Date.now()));
  }

  /**
   * Sends each step of the images as an event, when it comes. Resolves when all are handed over, or
   * their source has completed since the client has gone.
   *
   * @throws what the source fails with, as long as nothing has been sent; later that is an event
   */
  async stream(progress: Observable<ImageProgress>, family: ImageEventFamily): Promise<void> {
    const { response } = this;
    // How many will come is not known when the headers leave.
    response.removeHeader('X-Images-Returned');
    const writer = new SseWriter(response, this.keepAliveMs);
    const sent = progress.pipe(
      tap((step) => {
        if (step.kind === 'completed') {
          this.noteSent([step.image]);
        }
        if (!response.headersSent) {
          this.setSourceHeaders([step.image]);
        }
        writer.send(imageEvent(family, step, Date.now()));
      }),
    );
    try {
      await lastValueFrom(sent, { defaultValue: undefined });
      writer.end();
    } catch (error) {
      if (!response.headersSent) {
        this.setReturned(0);
      }
      writer.fail(error);
    }
  }

  private setPlanHeaders(): void {
    const { response, plan } = this;
    response.setHeader('X-Images-Requested', String(plan.n));
    this.setReturned(0);
    response.setHeader('X-Image-Model', plan.model);
    response.setHeader('X-Image-Aspect-Ratio', plan.aspectRatio ?? 'default');
    response.setHeader('X-Image-Size', plan.imageSize ?? 'default');
    if (plan.warnings.length > 0) {
      response.setHeader('X-Mapping-Warning', [...plan.warnings]);
    }
  }

  private setReturned(images: number): void {
    this.response.setHeader('X-Images-Returned', String(images));
  }

  private setSourceHeaders(images: readonly SourcedImage[]): void {
    const emails = images.map((image) => image.accountEmail);
    const account = accountHeader(emails, this.accountHeaderMode);
    if (account !== undefined) {
      this.response.setHeader('X-Account-Email', account);
    }
    if (images.some((image) => image.provider === 'emulator')) {
      this.response.setHeader('X-Upstream', 'emulator');
    }
  }

  private noteSent(images: readonly GeneratedImage[]): void {
    this.accounts.push(...images.map((image) => image.accountEmail));
    this.noteForLog();
  }

  /** What the line of the log says of the images; for one that fails, what was asked for. */
  private noteForLog(): void {
    const { plan, accounts } = this;
    this.response.locals['images'] = {
      model: plan.model,
      ...(plan.requestedModel === plan.model
        ? {}
        : { requestedModel: plan.requestedModel.slice(0, 60) }),
      requested: plan.n,
      returned: accounts.length,
      accounts: [...new Set(accounts)],
      ...inputNote(plan),
    };
  }
}

/** How many images came with the request, and whether a mask did, which counts as none here. */
function inputNote({ inputs, heldMask }: ImagePlan): object {
  if (inputs === undefined) {
    return {};
  }
  return heldMask === undefined
    ? { inputs: inputs.length }
    : { inputs: inputs.length - 1, mask: true };
}
