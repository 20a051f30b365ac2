import type { IncomingMessage, ServerResponse } from 'node:http';

import { EMULATOR_MODELS } from './emulator-models';
import type { Fault } from './fault';
import type { FaultList } from './fault-list';
import { parseFault } from './fault-parse';
import { jsonBytes } from './json-bytes';
import { writeHead } from './reply';
import { readBody } from './request-body';
import type { ReadBody } from './request-body';
import type { RequestLog } from './request-log';

/** What the control routes can read and change. */
interface Controls {
  readonly log: RequestLog;
  readonly faults: FaultList;
  /** Forgets requests and faults, and ends stalled calls. */
  readonly reset: () => void;
}

const ROUTES = {
  'GET /emulator': 'what this is',
  'GET /emulator/requests': 'the calls received, oldest first; image data shortened',
  'DELETE /emulator/requests': 'forget them',
  'GET /emulator/faults': 'the faults waiting for calls',
  'POST /emulator/faults': 'add one fault, or a list of them',
  'DELETE /emulator/faults': 'remove all faults',
  'POST /emulator/reset': 'forget calls and faults, and end stalled calls',
} as const;

/** Longer strings in a displayed request are image data, and of no use to a reader. */
const MAX_SHOWN_LENGTH = 400;

interface ControlResponse {
  readonly status: number;
  readonly value: object;
}

/** Serves `/emulator…`, where people and tests inspect calls and inject faults. */
export async function serveControl(
  incoming: IncomingMessage,
  response: ServerResponse,
  path: string,
  controls: Controls,
): Promise<void> {
  const { status, value } = await respondToControl(incoming, path.replace(/\/$/u, ''), controls);
  const body = jsonBytes(value, { pretty: true });
  writeHead(response, status, 'application/json; charset=UTF-8', body.length);
  response.end(body);
}

async function respondToControl(
  incoming: IncomingMessage,
  path: string,
  { log, faults, reset }: Controls,
): Promise<ControlResponse> {
  switch (`${incoming.method ?? 'GET'} ${path}`) {
    case 'GET /emulator':
      return done({
        name: 'Gemini emulator',
        models: EMULATOR_MODELS.map(({ id }) => id),
        requests: log.count,
        maxInFlight: log.maxInFlight(),
        faults: faults.waiting.length,
        routes: ROUTES,
      });
    case 'GET /emulator/requests':
      return done({ requests: log.requests.map(shortened) });
    case 'DELETE /emulator/requests':
      log.clear();
      return done({ requests: [] });
    case 'GET /emulator/faults':
      return done({ faults: faults.waiting });
    case 'POST /emulator/faults':
      return addFaults(await readBody(incoming), faults);
    case 'DELETE /emulator/faults':
      faults.clear();
      return done({ faults: [] });
    case 'POST /emulator/reset':
      reset();
      return done({ requests: [], faults: [] });
    default:
      return { status: 404, value: { error: 'no such control route', routes: ROUTES } };
  }
}

/** All or nothing: one invalid fault in a list leaves the pending faults unchanged. */
function addFaults(body: ReadBody, faults: FaultList): ControlResponse {
  if (!body.ok) {
    const error = 'a fault is sent as JSON, with Content-Type: application/json';
    return { status: 400, value: { error } };
  }
  const values: readonly unknown[] = Array.isArray(body.value) ? body.value : [body.value];
  const added: Fault[] = [];
  for (const result of values.map(parseFault)) {
    if (!result.ok) {
      return { status: 400, value: { error: result.message } };
    }
    added.push(result.fault);
  }
  for (const fault of added) {
    faults.add(fault);
  }
  return { status: 201, value: { faults: faults.waiting } };
}

function done(value: object): ControlResponse {
  return { status: 200, value };
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_SHOWN_LENGTH) {
    return `${value.slice(0, 40)}… (${value.length} characters)`;
  }
  if (Array.isArray(value)) {
    return value.map(shortened);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, shortened(member)]),
    );
  }
  return value;
}
