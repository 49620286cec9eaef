import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import type { RenameKeyDto } from '../dto/key-input.dto.js';
import { checkNames, readLabel } from './key-input.js';

/** The new label of a key; null takes it away. */
@Injectable()
export class RenameKeyPipe implements PipeTransform<string, RenameKeyDto> {
  transform(body: string): RenameKeyDto {
    const given = parseJsonObject(body);
    checkNames(given, ['label']);
    return { label: given['label'] === null ? null : readLabel(given['label'], 'label') };
  }
}
