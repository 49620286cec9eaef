import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Response } from 'express';
import { CallerLeftError } from '../http/caller-left.error.js';
import { EventStream } from '../http/event-stream.js';
import { ShuttingDownError } from '../errors/http.errors.js';
import { Metrics } from '../telemetry/metrics.js';
import { Shutdown } from './shutdown.js';
import { readSettings } from '../../config/read-settings.js';
import { LimitMetrics } from './limit-metrics.js';
import { TooManyRunningCallsError } from './in-flight-calls.errors.js';
import { InFlightCalls } from './in-flight-calls.js';

let calls: InFlightCalls;
let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics();
  const limitMetrics = new LimitMetrics(metrics);
  calls = new InFlightCalls(
    readSettings({ MAX_RUNNING_CALLS: '2' }),
    new Shutdown(),
    limitMetrics,
    metrics,
  );
});

function responseOf(socket = new Socket()): Response {
  const response = new ServerResponse(new IncomingMessage(socket));
  response.assignSocket(socket);
  return response as unknown as Response;
}

describe('running calls', () => {
  it('do not count a caller that left before', () => {
    const response = responseOf();
    response.destroy();
    expect(() => {
      calls.open(response);
    }).toThrow(CallerLeftError);
    expect(calls.count()).toBe(0);
  });

  it('count those that go on without a caller, which are not refused themselves', () => {
    calls.open(responseOf());
    const one = calls.openDetached();
    const other = calls.openDetached();
    expect(calls.count()).toBe(3);
    expect(() => {
      calls.open(responseOf());
    }).toThrow(TooManyRunningCallsError);
    one.end();
    other.end();
    calls.open(responseOf());
    expect(calls.count()).toBe(2);
  });

  it('wait at the end for those without a caller, and take no new ones', async () => {
    const { abort, end } = calls.openDetached();
    const stopped = calls.beforeApplicationShutdown();
    expect(() => calls.openDetached()).toThrow(ShuttingDownError);
    end();
    await stopped;
    expect(abort.signal.aborted).toBe(false);
  });
});

describe('open streams', () => {
  const responses: Response[] = [];

  afterEach(() => {
    for (const response of responses.splice(0)) response.emit('close');
  });

  /** One whose caller is there, as far as it can tell. */
  function openResponse(): Response {
    const message = new IncomingMessage(new Socket());
    const response = new ServerResponse(message) as unknown as Response;
    responses.push(response);
    calls.open(response);
    return response;
  }

  async function openStreams(): Promise<number> {
    return Number(/^alice_open_streams (\d+)$/m.exec(await metrics.text())?.[1]);
  }

  it('are counted from their first event until their response is closed', async () => {
    openResponse();
    const streamed = openResponse();
    const stream = new EventStream(streamed);
    expect(await openStreams()).toBe(0);
    void stream.send('One');
    await new Promise(setImmediate);
    expect(await openStreams()).toBe(1);
    streamed.destroy();
    expect(await openStreams()).toBe(0);
  });

  it('do not count one whose caller left before its first event', async () => {
    const response = openResponse();
    const stream = new EventStream(response);
    response.destroy();
    await new Promise(setImmediate);
    stream.fail('The caller has left.');
    expect(await openStreams()).toBe(0);
  });
});
