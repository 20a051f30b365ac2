import { Injectable } from '@nestjs/common';
import type { GenerateContentRequest } from '../gemini/gemini.types';
import { buildGeminiRequest } from './gemini-request';
import { GeminiResponseReader } from './gemini-response';
import type { ImagePlan } from './image-plan';
import { hasUnreadableSize, planImages } from './image-plan';
import { checkInputCount, withInputs, type InputCount, type InputImages } from './input-images';
import type { ImageRequestFields } from './image-request';
import type { MappingOptions } from './mapping-options';
import { isGeminiModel } from './resolved-model';

/** The ratio of a generation that asks for none that can be read. */
const GENERATION_FALLBACK_RATIO = '1:1';

/** Maps OpenAI's requests to Gemini's and back. It only delegates: the rules are the functions beside it. */
@Injectable()
export class MappingService {
  /** @throws Error when the default model is no Gemini model that Easel knows */
  constructor(private readonly options: MappingOptions) {
    if (!isGeminiModel(options.defaultModel)) {
      throw new Error(`the default model "${options.defaultModel}" is no known Gemini image model`);
    }
  }

  /** @throws GatewayError `model_not_found` or `invalid_request` */
  planGeneration(fields: ImageRequestFields): ImagePlan {
    return planImages(fields, this.options, GENERATION_FALLBACK_RATIO);
  }

  /**
   * The plan of an edit, a variation or a generation with images, still without them. If the request asks for no
   * ratio, none is sent and the model follows its input; a generation's size that cannot be read is 1:1. A masked edit is PNG unless the request names a
   * format, because no other format keeps every pixel.
   *
   * @throws GatewayError `model_not_found` or `invalid_request`
   */
  planEdit(fields: ImageRequestFields, count: InputCount): ImagePlan {
    const options = count.hasMask
      ? { ...this.options, defaultOutputFormat: 'png' as const }
      : this.options;
    const isSquare = count.isGeneration === true && hasUnreadableSize(fields);
    const plan = planImages(fields, options, isSquare ? GENERATION_FALLBACK_RATIO : undefined);
    checkInputCount(count, plan.model);
    return plan;
  }

  /** The plan of an edit with its images, once they have been read. */
  withInputs(plan: ImagePlan, inputs: InputImages): ImagePlan {
    return withInputs(plan, inputs);
  }

  /** The body of one upstream call, for one image of the plan. */
  toGeminiRequest(plan: ImagePlan): GenerateContentRequest {
    return buildGeminiRequest(plan);
  }

  /** Reads an upstream response, whole or in events; never throws. */
  responseReader(): GeminiResponseReader {
    return new GeminiResponseReader();
  }
}
