import { IsBoolean, IsOptional, IsString } from 'class-validator';

/** What createTurbo and createGPT4 take. */
export class CreateConversationDto {
  /** Blank or absent is the default prompt. */
  @IsOptional()
  @IsString({ message: 'prompt must be a string' })
  prompt?: string;

  @IsOptional()
  @IsBoolean({ message: 'stream must be true or false' })
  stream?: boolean;
}
