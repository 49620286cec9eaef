import type { Refusal } from './refusals.js';
import { isRecord } from './request-body.js';
import { responseRefusals } from './responses/response-refusals.js';
import { isOfFamily } from './service-profile.js';
import type { ServiceProfile } from './service-profile.js';

/** What a chat completion is refused with because the model wants `/v1/responses` for it, or null. */
export function findChatFault(
  body: Record<string, unknown>,
  profile: ServiceProfile,
): Refusal | null {
  const model = String(body.model);
  if (isOfFamily(model, profile.responsesOnlyModels)) return responseRefusals.responsesOnly();
  const refused = Object.entries(profile.chatToolsRefused ?? {});
  const kind = refused.find(([family]) => isOfFamily(model, [family]))?.[1];
  if (kind === undefined || !hasFunctions(body)) return null;
  const { reasoning_effort: effort } = body;
  switch (kind) {
    case 'always':
      return responseRefusals.toolsWithEffort(model, false);
    case 'unless-none':
      return effort === 'none' ? null : responseRefusals.toolsWithEffort(model);
    case 'with-effort':
      return effort == null || effort === 'none' ? null : responseRefusals.toolsWithEffort(model);
  }
}

function hasFunctions({ tools }: Record<string, unknown>): boolean {
  return Array.isArray(tools) && tools.some((tool) => isRecord(tool) && tool.type === 'function');
}
