import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Request } from 'express';
import type { AppError } from '../errors/app.error.js';
import {
  BodyEndedEarlyError,
  BodyTooLargeError,
  BodyTooSlowError,
  BrokenEncodingError,
  InvalidInputError,
  MultipartBodyError,
  UnsupportedCharsetError,
} from '../errors/http.errors.js';
import { toAppError } from '../errors/to-app-error.js';
import type { JsonObject } from '../json/fields.js';
import { noteExactNumbers, withExactNumbers } from '../json/exact-numbers.js';
import { JsonScan } from '../json/json-bounds.js';
import { PeriodicTasks } from '../tasks/periodic-tasks.js';
import { Clock } from '../time/clock.js';
import { BytesInFlight } from './bytes-in-flight.js';
import { GatheredBytes } from './gathered-bytes.js';
import { inflated } from './inflated-body.js';
import { boundsOf, parseChecked, refuseBeyond } from './json-object.js';

/** A body of which nothing comes for so long is not waited for. */
const idleMs = 10_000;
/** A body may take so long, and a second more for so many bytes that it has. */
const patienceMs = 30_000;
const leastBytesPerSecond = 32_768;
const lookMs = 1_000;
/** A body's first pieces may have any size; all of them so many bytes each, on average. */
const firstPieces = 4_096;
const leastBytesPerPiece = 16;
/** Reading, parsing and writing more than this leave the event loop to others in between. */
const mostInOneTurn = 262_144;

/** A body in UTF-8, a leading byte-order mark apart. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** How a body is read that is JSON. */
export interface JsonBodyOptions {
  limit: number;
  depth: number;
  isHandedOn: boolean;
}

/** A body on its way. */
interface Reading {
  bytes: number;
  pieces: number;
  readonly beganAt: number;
  /** When the last of it came. */
  cameAt: number;
  readonly fail: (error: AppError) => void;
}

/**
 * Reads bodies, whatever their Content-Type says, within bounds: of each one's size and time, of the
 * structure of JSON while it comes, and of all bodies together.
 */
@Injectable()
export class BodyReader implements OnModuleInit {
  private readonly readings = new Set<Reading>();

  constructor(
    private readonly inFlight: BytesInFlight,
    private readonly clock: Clock,
    private readonly tasks: PeriodicTasks,
  ) {}

  onModuleInit(): void {
    this.tasks.every(lookMs, 'slow-bodies', () => {
      this.refuseSlow();
    });
  }

  /**
   * The body of a request as text.
   *
   * @param limit in bytes, for what is announced, what comes, and what it inflates to
   * @throws AppError
   */
  async readText(request: Request, limit: number): Promise<string> {
    const text = decode(await this.read(request, limit, () => undefined));
    refuseParts(request, text);
    return text;
  }

  /**
   * The body of a request as a JSON object; none at all is an empty one. Whole numbers that a double
   * does not hold are texts in it, as `exact-numbers` makes them, where `isHandedOn`.
   *
   * @param limit as for {@link readText}
   * @param depth how many levels it may have, the first counted
   * @throws AppError
   */
  async readJson(
    request: Request,
    { limit, depth, isHandedOn }: JsonBodyOptions,
  ): Promise<JsonObject> {
    const scan = new JsonScan(boundsOf(depth));
    const bytes = await this.read(request, limit, (chunk) => {
      refuseBeyond(scan.add(chunk));
    });
    const isLarge = bytes.length > mostInOneTurn;
    const sent = decode(bytes);
    refuseParts(request, sent);
    if (isLarge) await nextTurn();
    const text = isHandedOn ? withExactNumbers(sent) : sent;
    const object = text.trim() === '' ? {} : parseChecked(text);
    if (text !== sent) noteExactNumbers(object);
    if (isLarge) await nextTurn();
    return object;
  }

  /** Lets go of bodies that come too slowly: each may hold a running call. */
  refuseSlow(): void {
    const now = this.clock.monotonic();
    for (const { bytes, beganAt, cameAt, fail } of this.readings) {
      const longestMs = patienceMs + (bytes / leastBytesPerSecond) * 1_000;
      if (now - cameAt >= idleMs || now - beganAt >= longestMs) fail(new BodyTooSlowError());
    }
  }

  /** @param look sees each piece before it is kept, and may throw */
  private read(
    request: Request,
    limit: number,
    look: (piece: Buffer) => void,
  ): Promise<Uint8Array> {
    checkCharset(request.headers['content-type'] ?? '');
    const { stream, length } = inflated(request);
    if (length !== null && length > limit) throw new BodyTooLargeError();
    this.inFlight.check(request, length ?? 0);
    if (!stream.readable) throw new BodyEndedEarlyError();
    return new Promise<Uint8Array>((resolve, reject) => {
      const now = this.clock.monotonic();
      const gathered = new GatheredBytes();
      const stop = (): void => {
        this.readings.delete(reading);
        stream.off('data', take).off('end', end).off('error', broken).off('close', left);
      };
      const fail = (error: AppError): void => {
        stop();
        // What still comes is not read: it is for whoever answers to decide how long it may.
        stream.unpipe();
        stream.pause();
        reject(error);
      };
      const reading: Reading = { bytes: 0, pieces: 0, beganAt: now, cameAt: now, fail };
      const take = (piece: Buffer): void => {
        reading.bytes += piece.length;
        reading.pieces += 1;
        reading.cameAt = this.clock.monotonic();
        try {
          if (reading.bytes > limit) throw new BodyTooLargeError();
          refuseCrumbs(reading);
          this.inFlight.hold(request, piece.length);
          look(piece);
          gathered.add(piece);
        } catch (error) {
          fail(toAppError(error));
        }
      };
      const end = (): void => {
        stop();
        if (length !== null && reading.bytes !== length) reject(new BodyEndedEarlyError());
        else resolve(gathered.concat());
      };
      const broken = (): void => {
        fail(stream === request ? new BodyEndedEarlyError() : new BrokenEncodingError());
      };
      const left = (): void => {
        fail(new BodyEndedEarlyError());
      };
      this.readings.add(reading);
      stream.on('data', take).on('end', end).on('error', broken).on('close', left);
    });
  }
}

/** Each piece costs as much as some hundred bytes do. @throws InvalidInputError */
function refuseCrumbs({ bytes, pieces }: Reading): void {
  if (pieces <= firstPieces || bytes >= pieces * leastBytesPerPiece) return;
  throw new InvalidInputError(
    `The body comes in pieces of less than ${leastBytesPerPiece} bytes on average`,
  );
}

/** What is not UTF-8 all through is no text. */
function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new InvalidInputError('The body is not valid UTF-8');
  }
}

/** A type alone refuses nothing, but parts are neither the text nor the JSON that was meant. */
function refuseParts({ headers }: Request, text: string): void {
  const contentType = headers['content-type'] ?? '';
  if (!contentType.startsWith('multipart/')) return;
  const boundary = /;\s*boundary="?([^";]+)/i.exec(contentType)?.[1];
  if (boundary !== undefined && text.startsWith(`--${boundary}`)) throw new MultipartBodyError();
}

function checkCharset(contentType: string): void {
  if (!contentType.includes('charset')) return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedCharsetError(charset.slice(0, 40));
  }
}
