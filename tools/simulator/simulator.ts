import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BehaviourRules } from './behaviour.js';
import type { Behaviour, BehaviourTarget } from './behaviour.js';
import { CallLog, RunningCall } from './calls.js';
import type { RecordedCall } from './calls.js';
import { control } from './control.js';
import { Exchange } from './exchange.js';
import { HoldGate } from './hold-gate.js';
import { ModelList, defaultModels } from './models.js';
import type { SimulatedModel } from './models.js';
import { refusal } from './refusals.js';
import { parseBody } from './request-body.js';
import { Responder, modelInPath } from './responder.js';
import { credentialOf, organizationOf } from './service-profile.js';
import type { ServiceProfile } from './service-profile.js';
import { TickWheel } from './tick-wheel.js';

export interface SimulatorOptions {
  /** 0 or absent: any free port. */
  port?: number;
  models?: SimulatedModel[];
  profile?: ServiceProfile;
}

/** Listens on 127.0.0.1 only. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  // No timeouts: how long a connection lives is the behaviours' business.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
  server.listen(options.port ?? 0, '127.0.0.1', 4096);
  await once(server, 'listening');
  const models = new ModelList(options.models ?? defaultModels);
  return new Simulator(server, models, options.profile ?? {});
}

/** An OpenAI-shaped upstream that misbehaves on demand and remembers what it was asked. */
export class Simulator {
  readonly baseUrl: string;
  private readonly rules = new BehaviourRules();
  private readonly gate = new HoldGate();
  private readonly wheel = new TickWheel();
  private readonly sockets = new Set<Socket>();
  private readonly responder: Responder;
  private log = new CallLog();
  private requestCount = 0;
  private profile: ServiceProfile;

  constructor(
    private readonly server: Server,
    models: ModelList,
    private readonly firstProfile: ServiceProfile,
  ) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('Not listening on a port');
    this.baseUrl = `http://127.0.0.1:${address.port}/v1`;
    this.profile = firstProfile;
    this.responder = new Responder(models, this.gate, this.wheel);
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => {
      this.read(request, response);
    });
  }

  /** Later rules win over earlier ones; one that has used up its `times` falls away. */
  behave(behaviour: Behaviour, on: BehaviourTarget = {}): void {
    this.rules.add(behaviour, on);
  }

  /** What the service is from now on, instead of what it was; `behave` says what single calls do. */
  configure(profile: ServiceProfile): void {
    this.profile = profile;
  }

  /** Forgets behaviours, the profile it was given since its start, and calls, and lets held calls go on; calls still running end unrecorded. */
  reset(): void {
    this.rules.clear();
    this.profile = this.firstProfile;
    this.log.forget();
    this.log = new CallLog();
    this.release();
  }

  /** Lets every call go on that is held now. */
  release(): void {
    this.gate.release();
  }

  /** The last 10,000 at least, oldest first. */
  get calls(): readonly RecordedCall[] {
    return this.log.calls;
  }

  /** Since the last reset, dropped records included. */
  get totalCalls(): number {
    return this.log.total;
  }

  callsWith(key: string): number {
    return this.log.callsWith(key);
  }

  running(): number {
    return this.log.running;
  }

  openConnections(): number {
    return this.sockets.size;
  }

  /** Until so many calls have come since the last reset. @throws Error when reset meanwhile. */
  waitForCalls(count: number): Promise<void> {
    return this.log.waitForCalls(count);
  }

  /** @throws Error when the call ends otherwise, or on a reset meanwhile. */
  waitForOutcome(index: number, outcome: string): Promise<void> {
    return this.log.waitForOutcome(index, outcome);
  }

  /** Breaks off what still runs. */
  async close(): Promise<void> {
    this.wheel.stop();
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private read(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.answer(request, response, chunks);
    });
  }

  private answer(request: IncomingMessage, response: ServerResponse, chunks: Buffer[]): void {
    const { method = 'GET', url = '/', headers } = request;
    const queryStart = url.indexOf('?');
    const path = queryStart === -1 ? url : url.slice(0, queryStart);
    const body = parseBodyOrNull(chunks);
    if (path.startsWith('/simulator/')) {
      control(this, `${method} ${path}`, body ?? {}, response);
      return;
    }
    const { key } = credentialOf(headers);
    const model = typeof body?.model === 'string' ? body.model : modelInPath(path);
    const call = new RunningCall({ key, model, path }, body ?? {}, headers);
    const { log } = this;
    const behaviour = key === '' || body === null ? null : this.rules.take(call);
    this.requestCount += 1;
    const requestId = `req_${String(this.requestCount).padStart(12, '0')}`;
    const { profile } = this;
    const exchange = new Exchange(call, response, log, {
      'x-request-id': requestId,
      ...(profile.omitOrganization !== true && {
        'openai-organization': organizationOf(profile, key),
      }),
      ...behaviour?.headers,
    });
    log.add(
      call,
      chunks.reduce((bytes, chunk) => bytes + chunk.length, 0),
    );
    if (behaviour === null) refuseUnread(exchange);
    else void this.responder.respond(exchange, method, behaviour, profile);
  }
}

/** The caller has no key, or its body is no JSON object: no behaviour is asked. */
function refuseUnread(exchange: Exchange): void {
  const hasKey = exchange.call.key !== '';
  const message = hasKey
    ? 'We could not parse the JSON body of your request.'
    : "You didn't provide an API key.";
  const { status, body, contentType } = refusal(hasKey ? 400 : 401, { message });
  exchange.send(status, contentType, body);
}

function parseBodyOrNull(chunks: readonly Buffer[]): Record<string, unknown> | null {
  try {
    return parseBody(chunks);
  } catch {
    return null;
  }
}
