import { Injectable, type PipeTransform } from '@nestjs/common';
import { KeyNotFoundError } from '../../../keys/keys.errors.js';

/** A key's id; what cannot be one is not looked up. */
@Injectable()
export class KeyIdPipe implements PipeTransform<string, string> {
  /** @throws KeyNotFoundError */
  transform(id: string): string {
    if (/^key_\w{1,64}$/.test(id)) return id;
    throw new KeyNotFoundError();
  }
}
