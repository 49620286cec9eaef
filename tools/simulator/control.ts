import type { ServerResponse } from 'node:http';
import type { Behaviour, BehaviourTarget } from './behaviour.js';
import { parseBehaviourInput, parseProfileInput } from './behaviour-input.js';
import type { RecordedCall } from './calls.js';
import type { ServiceProfile } from './service-profile.js';

const shownCalls = 200;

/** What the control routes may do: the simulator's methods of the same names. */
export interface Controlled {
  readonly calls: readonly RecordedCall[];
  readonly totalCalls: number;
  behave(behaviour: Behaviour, on?: BehaviourTarget): void;
  configure(profile: ServiceProfile): void;
  reset(): void;
  release(): void;
  running(): number;
}

/** /simulator/*: the in-process controls over HTTP, for a simulator in another process. */
export function control(
  simulator: Controlled,
  route: string,
  body: Record<string, unknown>,
  response: ServerResponse,
): void {
  switch (route) {
    case 'POST /simulator/behave':
      change(response, () => {
        const { behaviour, on } = parseBehaviourInput(body);
        simulator.behave(behaviour, on);
      });
      break;
    case 'POST /simulator/configure':
      change(response, () => {
        simulator.configure(parseProfileInput(body));
      });
      break;
    case 'POST /simulator/reset':
      simulator.reset();
      response.writeHead(204).end();
      break;
    case 'POST /simulator/release':
      simulator.release();
      response.writeHead(204).end();
      break;
    case 'GET /simulator/calls':
      sendJson(response, 200, {
        total: simulator.totalCalls,
        running: simulator.running(),
        calls: simulator.calls.slice(-shownCalls),
      });
      break;
    default:
      sendJson(response, 404, { error: `No such control: ${route}` });
  }
}

/** @param apply throws when what was asked for cannot be. */
function change(response: ServerResponse, apply: () => void): void {
  try {
    apply();
    response.writeHead(204).end();
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
