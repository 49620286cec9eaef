import { InitialSchema1795392000000 } from './1795392000000-initial-schema.js';
import { ApiKeys1795392100000 } from './1795392100000-api-keys.js';

/** Every migration, oldest first. */
export const migrations = [InitialSchema1795392000000, ApiKeys1795392100000];
