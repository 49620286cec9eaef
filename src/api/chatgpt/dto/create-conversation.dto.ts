import { IsBoolean, IsString } from 'class-validator';
import { MayBeAbsent } from './text.validators.js';

/** What createTurbo and createGPT4 take. */
export class CreateConversationDto {
  /** Blank or absent is the default prompt. */
  @MayBeAbsent()
  @IsString({ message: 'prompt must be a string' })
  prompt?: string;

  @MayBeAbsent()
  @IsBoolean({ message: 'stream must be true or false' })
  stream?: boolean;
}
