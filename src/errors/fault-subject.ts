import type { GatewayFault } from './gateway-error';

/** The field or model that caused a fault, as far as the log may name it. */
export interface FaultSubject {
  /** The field of the request. */
  readonly field?: string;
  /** The model that was asked for. */
  readonly model?: string;
}

/**
 * Both may be the client's own text, even a prompt, so only text that looks like a name is logged.
 */
const NAME = /^[\w.:/@[\]-]{1,60}$/;

export function subjectOf(fault: GatewayFault): FaultSubject {
  switch (fault.kind) {
    case 'invalid_request':
      return named('field', fault.param);
    case 'unreadable_input_image':
      return named('field', fault.name);
    case 'model_not_found':
      return named('model', fault.model);
    default:
      return {};
  }
}

function named(what: 'field' | 'model', name: string | null): FaultSubject {
  return name !== null && NAME.test(name) ? { [what]: name } : {};
}
