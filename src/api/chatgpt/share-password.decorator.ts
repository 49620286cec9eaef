import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { SharePassword } from '../../sharing/share-locks.js';

/** Of the cookie that a share's form sets, whose path is that share's. */
export const shareCookie = 'share';

/**
 * What proves a share's password: the header `share-password` of a program, else the cookie of the
 * page. Node reads headers as latin1, so that a password beyond ASCII arrives as its UTF-8 bytes.
 */
export const PasswordOfShare = createParamDecorator(
  (_: unknown, context: ExecutionContext): SharePassword | undefined => {
    const request = context.switchToHttp().getRequest<Request>();
    const header = request.get('share-password');
    if (header !== undefined && header !== '') {
      const password = Buffer.from(header, 'latin1').toString('utf8');
      return { password, client: request.ip ?? '' };
    }
    const cookie = cookieOf(request.headers.cookie ?? '');
    return cookie === undefined ? undefined : { cookie };
  },
);

function cookieOf(header: string): string | undefined {
  const begin = `${shareCookie}=`;
  const found = header.split(';').find((pair) => pair.trim().startsWith(begin));
  return found?.trim().slice(begin.length);
}
