import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';
import type { ChatSettings } from '../../../providers/transcript.js';

/** A question, verbatim. */
@Injectable()
export class QuestionPipe implements PipeTransform<string, string> {
  transform(body: string): string {
    if (body.trim() === '') throw new InvalidInputError('Question can not be empty');
    return body;
  }
}

/** An article, verbatim. */
@Injectable()
export class ArticlePipe implements PipeTransform<string, string> {
  transform(body: string): string {
    if (body.trim() === '') throw new InvalidInputError('Article can not be empty');
    return body;
  }
}

/** The header `conversation`, where one is needed. */
@Injectable()
export class ConversationIdPipe implements PipeTransform<string | undefined, string> {
  transform(id: string | undefined): string {
    if (id === undefined || id === '') throw new InvalidInputError('conversation id is nil');
    return id;
  }
}

/** The header `settings`. */
@Injectable()
export class ChatSettingsPipe implements PipeTransform<string | undefined, ChatSettings> {
  transform(settings = ''): ChatSettings {
    if (settings !== '' && settings !== 'FriendChat') {
      throw new InvalidInputError(`No such setting: ${settings.slice(0, 64)}`);
    }
    return settings;
  }
}

/** The header `stream`. */
@Injectable()
export class StreamHeaderPipe implements PipeTransform<string | undefined, boolean> {
  transform(value = 'false'): boolean {
    if (value !== 'true' && value !== 'false' && value !== '') {
      throw new InvalidInputError('stream must be true or false');
    }
    return value === 'true';
  }
}

/** The header `shares` of finish: whether the conversation's shares are deleted with it. */
@Injectable()
export class SharesHeaderPipe implements PipeTransform<string | undefined, boolean> {
  transform(value = 'keep'): boolean {
    if (value !== 'keep' && value !== 'delete' && value !== '') {
      throw new InvalidInputError('shares must be keep or delete');
    }
    return value === 'delete';
  }
}
