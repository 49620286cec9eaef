import { IsBoolean, IsString, Matches } from 'class-validator';
import { DiffersFrom, MayBeAbsent } from './text.validators.js';

/** 1 to 64 characters, no line breaks or control characters. */
const name = /^[^\p{Cc}\u2028\u2029]{1,64}$/u;
const accepted = 'must be 1 to 64 characters without line breaks or control characters';

/** What createRolePlay takes, as JSON or as a form. */
export class CreateRolePlayDto {
  @Matches(name, { message: `human_name ${accepted}` })
  human_name: string;

  @Matches(name, { message: `ai_name ${accepted}` })
  @DiffersFrom('human_name', { message: 'human_name and ai_name must differ' })
  ai_name: string;

  /** Blank or absent is the default prompt. */
  @MayBeAbsent()
  @IsString({ message: 'prompt must be a string' })
  prompt?: string;

  @MayBeAbsent()
  @IsBoolean({ message: 'stream must be true or false' })
  stream?: boolean;
}
