/** A model in OpenAI's shape. */
export class ModelDto {
  /** @example gemini-3-pro-image */
  readonly id!: string;

  /** @example model */
  readonly object!: string;

  /**
   * Epoch seconds.
   * @example 1767225600
   */
  readonly created!: number;

  /**
   * `google`, or `easel-alias` for a name that stands for another model.
   * @example google
   */
  readonly owned_by!: string;
}

export class ModelListDto {
  /** @example list */
  readonly object!: string;

  readonly data!: ModelDto[];
}
