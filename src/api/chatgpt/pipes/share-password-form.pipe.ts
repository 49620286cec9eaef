import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';

/** The field `password` of a form, urlencoded. */
@Injectable()
export class SharePasswordFormPipe implements PipeTransform<string, string> {
  transform(body: string): string {
    const password = new URLSearchParams(body).get('password');
    if (password === null || password === '') throw new InvalidInputError('password is missing');
    return password;
  }
}
