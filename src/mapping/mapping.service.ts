import { Injectable } from '@nestjs/common';
import type { GenerateContentRequest } from '../gemini/gemini.types';
import type { Conversation } from './conversation';
import { buildGeminiRequest } from './gemini-request';
import { GeminiResponseReader } from './gemini-response';
import type { ImagePlan } from './image-plan';
import { planImages } from './image-plan';
import { checkInputCount, withInputs, type InputCount, type InputImages } from './input-images';
import type { ImageRequestFields } from './image-request';
import type { MappingOptions } from './mapping-options';
import type { ModelAllowance } from './model-allowance';
import { isGeminiModel } from './resolved-model';
import { hasUnreadableSize } from './size-text';

/** The ratio of a generation that asks for none that can be parsed. */
const GENERATION_FALLBACK_RATIO = '1:1';

/** Maps OpenAI's requests to Gemini's and back. It only delegates: the rules are the functions beside it. */
@Injectable()
export class MappingService {
  /** @throws Error if the default model is not a Gemini model that Easel knows */
  constructor(private readonly options: MappingOptions) {
    if (!isGeminiModel(options.defaultModel)) {
      throw new Error(
        `the default model "${options.defaultModel}" is not a known Gemini image model`,
      );
    }
  }

  /** @throws GatewayError `model_not_found` or `invalid_request` */
  planGeneration(fields: ImageRequestFields, allowance?: ModelAllowance): ImagePlan {
    return planImages(fields, this.options, GENERATION_FALLBACK_RATIO, allowance);
  }

  /**
   * The plan of an edit, a variation or a generation with images, still without the images. If the
   * request asks for no ratio, none is sent and the model follows its input; a generation's size
   * that cannot be parsed is 1:1. A masked edit is PNG unless the request names a format, because
   * no other format keeps every pixel.
   *
   * @throws GatewayError `model_not_found` or `invalid_request`
   */
  planEdit(fields: ImageRequestFields, count: InputCount, allowance?: ModelAllowance): ImagePlan {
    const options = count.hasMask
      ? { ...this.options, defaultOutputFormat: 'png' as const }
      : this.options;
    const isSquare = count.isGeneration === true && hasUnreadableSize(fields);
    const fallback = isSquare ? GENERATION_FALLBACK_RATIO : undefined;
    const plan = planImages(fields, options, fallback, allowance);
    checkInputCount(count, plan.model);
    return plan;
  }

  /**
   * The plan of a prompt in a conversation, still without the images of its turns. If the request
   * asks for no ratio, none is sent and the model chooses. Chat programs can show JPEG and PNG, and
   * some nothing else, so the operator's default of another format does not apply to them.
   *
   * @param images how many images came with all the turns
   * @throws GatewayError `model_not_found` or `invalid_request`
   */
  planConversation(
    fields: ImageRequestFields,
    conversation: Conversation,
    images: number,
    allowance?: ModelAllowance,
  ): ImagePlan {
    const { defaultOutputFormat: format } = this.options;
    const options = {
      ...this.options,
      defaultOutputFormat: format === 'webp' ? ('upstream' as const) : format,
    };
    const plan = planImages(fields, options, undefined, allowance);
    checkInputCount({ param: 'messages', images, hasMask: false }, plan.model);
    return { ...plan, conversation, warnings: [...plan.warnings, ...conversation.warnings] };
  }

  /** The plan of an edit with its images, once they have been read. */
  withInputs(plan: ImagePlan, inputs: InputImages): ImagePlan {
    return withInputs(plan, inputs);
  }

  /** The body of one upstream call, for one image of the plan. */
  toGeminiRequest(plan: ImagePlan): GenerateContentRequest {
    return buildGeminiRequest(plan);
  }

  /**
   * Creates the reader for an upstream response, whole or in events; it never throws.
   *
   * @param wantsText whether text is a valid response, with or without an image
   */
  responseReader(wantsText = false): GeminiResponseReader {
    return new GeminiResponseReader(wantsText);
  }
}
