import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import express, { type RequestHandler, type Request, type Response } from 'express';
import type { Observable } from 'rxjs';
import { Settings } from '../../config/settings.js';
import { InvalidInputError, UnsupportedCharsetError } from '../errors/http.errors.js';

/**
 * Reads the body as text, after the guards have let the caller in and whatever its Content-Type
 * says: HTTP clients label plain text as a form by themselves. Leaves `request.body` a string.
 */
@Injectable()
export class TextBodyInterceptor implements NestInterceptor {
  /** express's own reader: undoes gzip, deflate and br, and holds the limit after that. */
  private readonly readBytes: RequestHandler;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });

  constructor({ http }: Settings) {
    this.readBytes = express.raw({ type: () => true, limit: http.maxBodyBytes, inflate: true });
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<Request>();
    checkCharset(request);
    const bytes = await this.read(request, context.switchToHttp().getResponse<Response>());
    request.body = this.decode(bytes);
    return next.handle();
  }

  private read(request: Request, response: Response): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      void this.readBytes(request, response, (error: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      });
    });
  }

  /** A leading byte-order mark is dropped. */
  private decode(bytes: Buffer): string {
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw new InvalidInputError('The body is not valid UTF-8');
    }
  }
}

function checkCharset(request: Request): void {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.get('content-type') ?? '')?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedCharsetError(charset.slice(0, 40));
  }
}
