import type { ServerResponse } from 'node:http';
import type { Behaviour, BehaviourTarget } from './behaviour.js';
import { parseBehaviourInput } from './behaviour-input.js';
import type { RecordedCall } from './calls.js';

const shownCalls = 200;

/** What the control routes may do: the simulator's methods of the same names. */
export interface Controlled {
  readonly calls: readonly RecordedCall[];
  readonly totalCalls: number;
  behave(behaviour: Behaviour, on?: BehaviourTarget): void;
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
      behave(simulator, body, response);
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

function behave(
  simulator: Controlled,
  body: Record<string, unknown>,
  response: ServerResponse,
): void {
  try {
    const { behaviour, on } = parseBehaviourInput(body);
    simulator.behave(behaviour, on);
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
