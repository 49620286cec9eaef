import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Request } from 'express';
import type { Counter } from 'prom-client';
import { PeriodicTasks } from '../tasks/periodic-tasks.js';
import { Metrics } from '../telemetry/metrics.js';
import { Clock } from '../time/clock.js';
import { unacknowledgedBytes } from './unacknowledged-bytes.js';

/** Requests of a connection that wait for the answer before theirs. */
const mostWaiting = 16;
/** A caller that has taken nothing of its answer for so long counts as gone. */
const unreadMs = 30_000;
const lookMs = 5_000;

const reasons = ['pipelined', 'unread'] as const;

/** One caller's connection. */
interface Connection {
  isBusy: boolean;
  /** Begin the requests that came while another one was answered. */
  readonly waiting: (() => void)[];
  /** What of its answer is left to send, as of the last look; null is nothing. */
  unsent: string | null;
  /** Bytes that its caller's machine has not taken yet, where that was asked; null where not. */
  unacknowledged: string | null;
  /** When something of the answer was last taken. */
  takenAt: number;
  /** Of its caller. Node tells it of a closed socket, for the log, only where it was asked before. */
  readonly address: string | undefined;
}

/**
 * The connections of callers. Each has one request at a time in hand, so that what one holds is one
 * answer, however many requests it sends at once; and none is kept whose caller does not read.
 */
@Injectable()
export class Connections implements OnModuleInit {
  private readonly open = new Map<Socket, Connection>();
  private readonly closed: Counter<'reason'>;

  constructor(
    private readonly clock: Clock,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.closed = metrics.counter(
      'alice_connections_closed_total',
      `Connections that were closed on their callers: pipelined are those with more than ${mostWaiting} requests waiting, unread those of whose answer nothing was taken for ${unreadMs / 1_000} seconds`,
      ['reason'],
    );
    for (const reason of reasons) this.closed.inc({ reason }, 0);
    metrics.gauge('alice_open_connections', 'Connections of callers', () => this.open.size);
  }

  onModuleInit(): void {
    this.tasks.every(lookMs, 'unread-answers', () => this.closeUnread());
  }

  /** Knows every connection of a server from then on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, {
        isBusy: false,
        waiting: [],
        unsent: null,
        unacknowledged: null,
        takenAt: 0,
        address: socket.remoteAddress,
      });
      socket.once('close', () => {
        this.open.delete(socket);
      });
    });
  }

  /**
   * Begins a request once those before it on its connection are answered, and the answers sent: who
   * begins one tells its {@link end}. Node hands over at once whatever a caller pipelines, and would
   * hold all of the answers.
   */
  begin({ socket }: Request, begin: () => void): void {
    const connection = this.open.get(socket);
    // The rest of what came with the requests that it was closed for.
    if (!connection || socket.destroyed) return;
    if (!connection.isBusy) {
      connection.isBusy = true;
      begin();
    } else if (connection.waiting.push(begin) > mostWaiting) {
      this.close(socket, 'pipelined');
    }
  }

  /** The request in hand is answered, or its caller gone: the next one begins. */
  end({ socket }: Request): void {
    const connection = this.open.get(socket);
    if (!connection) return;
    const next = socket.destroyed ? undefined : connection.waiting.shift();
    if (next) next();
    else connection.isBusy = false;
  }

  /** Looks which callers have taken nothing for too long, and lets those go. */
  async closeUnread(): Promise<void> {
    const now = this.clock.monotonic();
    const still = [...this.open].filter(([socket, connection]) => {
      const unsent = unsentOf(socket);
      if (unsent !== null && unsent === connection.unsent) return true;
      Object.assign(connection, { unsent, unacknowledged: null, takenAt: now });
      return false;
    });
    if (still.length === 0) return;
    const unacknowledged = await unacknowledgedBytes();
    for (const [socket, connection] of still) {
      const before = connection.unacknowledged;
      const { localPort, remotePort } = socket;
      connection.unacknowledged = unacknowledged.get(`${localPort} ${remotePort}`) ?? null;
      if (before !== null && before !== connection.unacknowledged) connection.takenAt = now;
      else if (now - connection.takenAt >= unreadMs) this.close(socket, 'unread');
    }
  }

  private close(socket: Socket, reason: (typeof reasons)[number]): void {
    if (socket.destroyed) return;
    this.closed.inc({ reason });
    socket.destroy();
  }
}

/**
 * What a caller has still to be sent: changes whenever some of it leaves the process, and not when
 * more is added. Null when there is nothing.
 */
function unsentOf(socket: Socket): string | null {
  const { bytesWritten, writableLength } = socket;
  if (writableLength === 0) return null;
  // How much of one large write has left; Node's own timeout of sockets looks there too.
  const handle: unknown = Reflect.get(socket, '_handle');
  const queued: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : 0;
  return `${bytesWritten - writableLength} ${String(queued)}`;
}
