import type { Behaviour, BehaviourTarget } from './behaviour.js';
import { isRecord } from './request-body.js';
import { namedFailures } from './responses/named-failures.js';
import type { ServiceProfile } from './service-profile.js';

type FieldTest = (value: unknown) => boolean;

const isCount: FieldTest = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isSize: FieldTest = (value) => isCount(value) && value !== 0;
const isFlag: FieldTest = (value) => typeof value === 'boolean';
const isText: FieldTest = (value) => typeof value === 'string';
const isTexts: FieldTest = (value) => Array.isArray(value) && value.every(isText);
const isNullableText: FieldTest = (value) => value === null || isText(value);

const errorFields: Record<string, FieldTest> = {
  message: isText,
  type: isNullableText,
  param: isNullableText,
  code: isNullableText,
};

const toolCallFields: Record<string, FieldTest> = { id: isText, name: isText, arguments: isText };

const isStep: FieldTest = (value) => {
  if (!isRecord(value)) return false;
  if (isText(value.type)) return true;
  const { event, pauseMs, hold } = value;
  if (isRecord(event)) return isText(event.type);
  return isCount(pauseMs) || hold === true;
};

const behaviourFields: Record<keyof Behaviour, FieldTest> = {
  answer: (value) => isText(value) || isTexts(value),
  pieces: isCount,
  pieceBytes: isSize,
  toolCalls: (value) =>
    Array.isArray(value) &&
    value.every((call) => isRecord(call) && !findBadField(call, toolCallFields)),
  output: (value) => Array.isArray(value) && value.every(isStep),
  responseFields: isRecord,
  finishReason: isNullableText,
  finishWithLastPiece: isFlag,
  status: (value) => isCount(value) && Number(value) >= 200 && Number(value) <= 599,
  error: (value) => isRecord(value) && isText(value.message) && !findBadField(value, errorFields),
  failure: (value) => typeof value === 'string' && Object.hasOwn(namedFailures, value),
  headers: (value) => isRecord(value) && Object.values(value).every(isText),
  rawBody: isText,
  contentType: isText,
  refuseParameters: isTexts,
  firstByteDelayMs: isCount,
  firstEventDelayMs: isCount,
  pieceDelayMs: isCount,
  neverAnswer: isFlag,
  resetConnection: isFlag,
  stallAfterPieces: isCount,
  cutAfterPieces: isCount,
  endAfterPieces: isCount,
  malformedAfterPieces: isCount,
  errorAfterPieces: isCount,
  failAfterPieces: isCount,
  cutPlainBodyAfterBytes: isCount,
  omitDone: isFlag,
  sendDone: isFlag,
  omitUsage: isFlag,
  stallAfterFinish: isFlag,
  sliceBytes: isSize,
  lineEnding: (value) => value === '\n' || value === '\r\n',
  commentEveryPiece: isFlag,
  holdBeforeAnswer: isFlag,
  holdAfterPieces: isCount,
  echoKey: isFlag,
  times: isCount,
};

const isChatToolsRefusal: FieldTest = (value) =>
  value === 'with-effort' || value === 'unless-none' || value === 'always';

const profileFields: Record<keyof ServiceProfile, FieldTest> = {
  strictness: (value) => value === 'off' || value === 'dropping' || value === 'strict',
  hasResponses: isFlag,
  organizations: (value) => isRecord(value) && Object.values(value).every(isText),
  omitOrganization: isFlag,
  reasoningModels: isTexts,
  trailingInstructionsModels: isTexts,
  responsesOnlyModels: isTexts,
  chatToolsRefused: (value) => isRecord(value) && Object.values(value).every(isChatToolsRefusal),
};

const targetFields: Record<keyof BehaviourTarget, FieldTest> = {
  key: isText,
  model: isText,
  path: isText,
};

/** A rule as it came over HTTP. */
export interface BehaviourInput {
  readonly behaviour: Behaviour;
  readonly on: BehaviourTarget;
}

/** @throws Error naming the field that is unknown or of a wrong type. */
export function parseBehaviourInput(input: unknown): BehaviourInput {
  const { behaviour, on = {} } = isRecord(input) ? input : {};
  return {
    behaviour: checked<Behaviour>('behaviour', behaviour, behaviourFields),
    on: checked<BehaviourTarget>('on', on, targetFields),
  };
}

/** @throws Error naming the field that is unknown or of a wrong type. */
export function parseProfileInput(input: unknown): ServiceProfile {
  return checked<ServiceProfile>('profile', input, profileFields);
}

/** The boundary where untyped JSON becomes typed: each field has passed its test. */
function checked<Shape>(name: string, value: unknown, fields: Record<keyof Shape, FieldTest>) {
  if (!isRecord(value)) throw new Error(`${name} must be an object`);
  const badField = findBadField(value, fields);
  if (badField !== undefined) throw new Error(`${name}.${badField} is unknown or of a wrong type`);
  return value as Shape;
}

function findBadField(
  value: Record<string, unknown>,
  fields: Record<string, FieldTest>,
): string | undefined {
  return Object.entries(value).find(([name, field]) => {
    return !Object.hasOwn(fields, name) || fields[name]?.(field) !== true;
  })?.[0];
}
