import type { ModelRequest, Sampling } from '../models/model-request.js';
import {
  transcriptText,
  type ConversationKind,
  type Speakers,
  type Transcript,
} from './transcript.js';

/** How one kind of conversation is put to its model. Pure: it reads transcripts and calls nothing. */
export abstract class ModelProvider {
  abstract readonly kind: ConversationKind;

  /** The original API's prompt for conversations created with a blank one. */
  readonly defaultPrompt: string =
    'You are ChatGPT, a large language model trained by OpenAI. Answer as concisely as possible.';

  /** The names of the two sides. */
  abstract speakers(transcript: Transcript): Speakers;

  /**
   * The request that lets the model answer the transcript's last sentence.
   *
   * @param sampling overrides the provider's own, where the original API asks differently for quick answers
   */
  abstract request(transcript: Transcript, sampling?: Sampling): ModelRequest;

  /** Overrides of {@link request} for a quick answer. */
  readonly quickAnswerSampling: Sampling = {};

  /** The transcript as text, as the original API's `context` shows it. */
  text(transcript: Transcript): string {
    return transcriptText(transcript, this.speakers(transcript));
  }
}
