import { applyDecorators, Header, HttpCode, Post } from '@nestjs/common';

/** A POST of this API: answered with 200, as the original does, and as text unless said. */
export function TextPost(path: string, contentType = 'text/plain; charset=utf-8'): MethodDecorator {
  return applyDecorators(Post(path), HttpCode(200), Header('Content-Type', contentType));
}
