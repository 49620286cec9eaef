import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString } from 'class-validator';
import { HasPairs, IsNotBlank, MayBeAbsent } from './text.validators.js';

const kinds = ['gpt3', 'turbo', 'gpt4'] as const;

/** What quickAnswer takes. */
export class QuickAnswerDto {
  @MayBeAbsent()
  @IsString({ message: 'prompt must be a string' })
  prompt?: string;

  /** A question, its answer, and so on. */
  @MayBeAbsent()
  @HasPairs({ message: 'examples must be questions and answers in turn, an even number of them' })
  @ArrayMaxSize(1_000, { message: 'examples must be at most 1000 sentences' })
  @IsString({ each: true, message: 'examples must be strings' })
  @IsArray({ message: 'examples must be an array of strings' })
  examples?: string[];

  @IsNotBlank({ message: 'Question can not be empty' })
  question: string;

  @MayBeAbsent()
  @IsIn(kinds, { message: `convType must be one of ${kinds.join(', ')}` })
  convType?: (typeof kinds)[number];

  @MayBeAbsent()
  @IsBoolean({ message: 'stream must be true or false' })
  stream?: boolean;
}
