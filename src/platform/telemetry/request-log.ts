import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Counter, Histogram } from 'prom-client';
import { Settings } from '../../config/settings.js';
import { Metrics } from './metrics.js';
import { conversationTag } from './conversation-tag.js';
import { EventStream } from '../http/event-stream.js';
import { requestIdOf } from './request-id.js';
import { RequestRecord } from './request-record.js';

/** The route of a request that no route takes. */
const noRoute = 'none';
/** The status of a request whose caller did not wait for the end of the answer. */
const callerLeft = 499;
/** As much as tells programs and their versions apart. */
const mostAgentCharacters = 200;
/** Asked for every few seconds by machines. */
const ofSupervisors = /^\/(health|metrics)\b/;

/** Who asked, as far as the log may say: where from, and what the caller calls itself. */
interface Caller {
  address?: string | undefined;
  agent?: string | undefined;
}

const nobody: Caller = {};

/** Counts, measures and logs every request, once it is over. */
@Injectable()
export class RequestLog {
  private readonly logger = new Logger('Request');
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly durations: Histogram<'method' | 'route'>;
  private readonly firstPieces: Histogram<'route'>;

  private readonly callerOf: (request: Request) => Caller;

  constructor(metrics: Metrics, { log, http }: Settings) {
    const addressOf = http.trustProxy === null ? peerOf : forwardedOf;
    this.callerOf = (request) =>
      log.callers ? { address: addressOf(request), agent: agentOf(request) } : nobody;
    this.requests = metrics.counter(
      'alice_http_requests_total',
      'Requests by what came of them: 499 are callers that left, and a stream that failed has the status of its error',
      ['method', 'route', 'status'],
    );
    this.durations = metrics.histogram(
      'alice_http_request_duration_seconds',
      'Time from a request to the end of its answer',
      ['method', 'route'],
    );
    this.firstPieces = metrics.histogram(
      'alice_first_piece_seconds',
      'Time from a request to the first piece of its streamed answer',
      ['route'],
    );
  }

  /** A request is over. @param record what became known of it */
  write(request: Request, response: Response, record: RequestRecord): void {
    const { method } = request;
    const route = routeOf(request);
    const ms = record.elapsedMs();
    const isLeft = !response.writableFinished;
    const status = isLeft ? callerLeft : (record.error?.status ?? response.statusCode);
    this.requests.inc({ method, route, status });
    this.durations.observe({ method, route }, ms / 1_000);
    if (record.firstPieceMs !== null && EventStream.of(response)) {
      this.firstPieces.observe({ route }, record.firstPieceMs / 1_000);
    }
    const line = lineOf(request, response, record, route, ms, this.callerOf(request));
    // Failures stay in a log that is asked for warnings only.
    if (ofSupervisors.test(route)) this.logger.debug(line);
    else if (status >= 500) this.logger.warn(line);
    else this.logger.log(line);
  }
}

/** What has no value is left out of the JSON. */
function lineOf(
  request: Request,
  response: Response,
  record: RequestRecord,
  route: string,
  ms: number,
  { address, agent }: Caller,
) {
  return {
    event: 'request',
    requestId: requestIdOf(response),
    method: request.method,
    route,
    status: response.statusCode,
    ms: rounded(ms),
    firstPieceMs: record.firstPieceMs === null ? undefined : rounded(record.firstPieceMs),
    upstreamRequestId: record.upstreamRequestId ?? undefined,
    inputTokens: record.inputTokens || undefined,
    outputTokens: record.outputTokens || undefined,
    conversation: record.conversation ?? conversationIn(request, route),
    error: record.error?.code,
    left: !response.writableFinished || undefined,
    address,
    agent,
  };
}

/** Behind the proxies that TRUST_PROXY names. */
function forwardedOf({ ip }: Request): string | undefined {
  return ip;
}

/** The same without proxies: what Express does for it reads a header first. */
function peerOf({ socket }: Request): string | undefined {
  return socket.remoteAddress;
}

function agentOf({ headers }: Request): string | undefined {
  return headers['user-agent']?.slice(0, mostAgentCharacters);
}

/** The tag of the conversation that the request itself names, in a header or in its path. */
function conversationIn({ headers, params }: Request, route: string): string | undefined {
  const inHeader = headers['conversation'];
  const isInPath = route.startsWith('/v1/conversations/:');
  const id = isInPath ? (params['conversation'] ?? params['id']) : inHeader;
  return typeof id === 'string' && id !== '' ? conversationTag(id) : undefined;
}

/** To tenths. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** As it is declared, with places for what differs: there are only so many of them. */
function routeOf(request: Request): string {
  const route: unknown = request.route;
  if (typeof route !== 'object' || route === null || !('path' in route)) return noRoute;
  return typeof route.path === 'string' ? route.path : noRoute;
}
