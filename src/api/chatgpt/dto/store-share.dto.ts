import { IsBoolean, IsInt, Matches, Min } from 'class-validator';
import { passwordRule, titleRule } from '../../../sharing/share-options.js';
import { MayBeAbsent } from './text.validators.js';

const wholeDays = { message: 'expires_in_days must be a whole number from 1' };

/** What store takes; all of it may be left out. */
export class StoreShareDto {
  /** Absent is the first question. */
  @MayBeAbsent()
  @Matches(titleRule.pattern, { message: titleRule.sentence })
  title?: string;

  /** Absent is SHARE_TTL_DAYS, which is also the most. */
  @MayBeAbsent()
  @Min(1, wholeDays)
  @IsInt(wholeDays)
  expires_in_days?: number;

  /** Absent is open to everyone who knows the id. */
  @MayBeAbsent()
  @Matches(passwordRule.pattern, { message: passwordRule.sentence })
  password?: string;

  /** Absent is SHARE_PROMPT, without which it must not be true. */
  @MayBeAbsent()
  @IsBoolean({ message: 'show_prompt must be true or false' })
  show_prompt?: boolean;
}
