import {
  createParamDecorator,
  Injectable,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import readRawBody from 'raw-body';
import { Settings } from '../../config/settings.js';
import {
  BrokenEncodingError,
  InvalidInputError,
  UnsupportedCharsetError,
} from '../errors/http.errors.js';
import { inflated } from './inflated-body.js';

/**
 * Reads the body as text: after the guards have let the caller in, and whatever its Content-Type
 * says, because HTTP clients label plain text as a form by themselves.
 */
@Injectable()
class TextBodyPipe implements PipeTransform<Request, Promise<string>> {
  constructor(private readonly settings: Settings) {}

  transform(request: Request): Promise<string> {
    return readText(request, this.settings.http.maxBodyBytes);
  }
}

export const RequestItself = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Request =>
    context.switchToHttp().getRequest<Request>(),
);

/** The body as text, then as the pipes make it. */
export function TextBody(...pipes: Type<PipeTransform>[]): ParameterDecorator {
  return RequestItself(TextBodyPipe, ...pipes);
}

/** A body in UTF-8, a leading byte-order mark apart. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The body of a request as text.
 *
 * @param limit in bytes, for what is announced, what comes, and what it inflates to
 * @throws AppError or an error of the reader, which has a status of its own
 */
export async function readText(request: Request, limit: number): Promise<string> {
  checkCharset(request.headers['content-type'] ?? '');
  const { stream, length } = inflated(request);
  try {
    return decode(await readRawBody(stream, { limit, length }));
  } catch (error) {
    throw isBrokenEncoding(error, request) ? new BrokenEncodingError() : error;
  }
}

function decode(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new InvalidInputError('The body is not valid UTF-8');
  }
}

/** The reader itself gives its errors a type; anything else came from the inflater. */
function isBrokenEncoding(error: unknown, { headers }: Request): boolean {
  if (headers['content-encoding'] === undefined || error instanceof InvalidInputError) return false;
  return error instanceof Error ? !('type' in error) : true;
}

function checkCharset(contentType: string): void {
  if (!contentType.includes('charset')) return;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedCharsetError(charset.slice(0, 40));
  }
}
