/** As much of a schema as is built here. */
type Schema = Readonly<Record<string, unknown>>;

/** One event of a stream. */
export interface DescribedEvent {
  /** Absent where the API names no events. */
  readonly name?: string;
  /** What its data is, in a sentence. */
  readonly description: string;
  /** What its data is once it is parsed; absent where it is no JSON. */
  readonly json?: Schema;
}

/**
 * The events of a stream, each as its fields. OpenAPI 3.0 has no words for a sequence, so this is the schema of any one
 * of them, nor for JSON inside of a string: `x-json-schema` says what `data` is once it is parsed.
 */
export function eventSchema(events: readonly DescribedEvent[]): Schema {
  return { description: 'Each event.', oneOf: events.map(oneEvent) };
}

function oneEvent({ name, description, json }: DescribedEvent): Schema {
  return {
    type: 'object',
    ...(name === undefined ? {} : { title: name }),
    required: [...(name === undefined ? [] : ['event']), 'data'],
    properties: {
      ...(name === undefined ? {} : { event: { type: 'string', enum: [name] } }),
      data: {
        type: 'string',
        description,
        ...(json === undefined ? {} : { 'x-json-schema': json }),
      },
    },
  };
}
