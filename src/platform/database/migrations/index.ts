import { InitialSchema1795392000000 } from './1795392000000-initial-schema.js';
import { ItemsBesideEachOther1795392050000 } from './1795392050000-items-beside-each-other.js';
import { ApiKeys1795392100000 } from './1795392100000-api-keys.js';
import { UnseenAnswers1795392300000 } from './1795392300000-unseen-answers.js';
import { ConversationVersions1795392350000 } from './1795392350000-conversation-versions.js';
import { ConversationsOfDoor21795392200000 } from './1795392200000-conversations-of-door-2.js';
import { BackgroundResponses1795392400000 } from './1795392400000-background-responses.js';
import { Idempotency1795392500000 } from './1795392500000-idempotency.js';
import { BoundedStorage1795392620000 } from './1795392620000-bounded-storage.js';
import { ListsByIndex1795392610000 } from './1795392610000-lists-by-index.js';
import { ItemsInResponsesForm1795800000000 } from './1795800000000-items-in-responses-form.js';
import { MakersOfAnswers1795800000001 } from './1795800000001-makers-of-answers.js';
import { Owners1795392630000 } from './1795392630000-owners.js';
import { ConversationsByTheirItems1795803200000 } from './1795803200000-conversations-by-their-items.js';
import { ResponsesByTheirItems1795802000000 } from './1795802000000-responses-by-their-items.js';
import { SharesByTheirSpeakers1795803100000 } from './1795803100000-shares-by-their-speakers.js';
import { Responses1795392200001 } from './1795392200001-responses.js';

/** Every migration, oldest first. */
export const migrations = [
  InitialSchema1795392000000,
  ItemsBesideEachOther1795392050000,
  ApiKeys1795392100000,
  ConversationsOfDoor21795392200000,
  Responses1795392200001,
  UnseenAnswers1795392300000,
  ConversationVersions1795392350000,
  BackgroundResponses1795392400000,
  Idempotency1795392500000,
  ListsByIndex1795392610000,
  BoundedStorage1795392620000,
  Owners1795392630000,
  ItemsInResponsesForm1795800000000,
  MakersOfAnswers1795800000001,
  ResponsesByTheirItems1795802000000,
  SharesByTheirSpeakers1795803100000,
  ConversationsByTheirItems1795803200000,
];
