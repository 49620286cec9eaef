import { InitialSchema1795392000000 } from './1795392000000-initial-schema.js';
import { UnseenAnswers1795392300000 } from './1795392300000-unseen-answers.js';

/** Every migration, oldest first. */
export const migrations = [InitialSchema1795392000000, UnseenAnswers1795392300000];
