import { applyDecorators, Header, HttpCode, Post, UseInterceptors } from '@nestjs/common';
import { TextBodyInterceptor } from '../common/http/text-body.interceptor.js';

/** A POST of this door: text comes in, and text goes out with 200 as the original answers. */
export function TextPost(path: string): MethodDecorator {
  return applyDecorators(
    Post(path),
    HttpCode(200),
    Header('Content-Type', 'text/plain; charset=utf-8'),
    UseInterceptors(TextBodyInterceptor),
  );
}
