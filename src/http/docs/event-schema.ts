/** The part of an OpenAPI schema that is used here. */
type Schema = Readonly<Record<string, unknown>>;

/** One event of a stream. */
export interface DescribedEvent {
  /** Absent if the API does not name its events. */
  readonly name?: string;
  /** The event's data, described in a sentence. */
  readonly description: string;
  /** The schema of the parsed data; absent if it is not JSON. */
  readonly json?: Schema;
}

/**
 * The schema of a stream's events. OpenAPI 3.0 cannot describe a sequence, so this is the schema of
 * any one event. Nor can it describe JSON inside a string, so `x-json-schema` describes the parsed
 * `data`.
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
