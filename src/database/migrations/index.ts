import { InitialSchema1795392000000 } from './1795392000000-initial-schema.js';
import { ConversationsOfDoor2 } from './1795392200000-conversations-of-door-2.js';

/** Every migration, oldest first. */
export const migrations = [InitialSchema1795392000000, ConversationsOfDoor2];
