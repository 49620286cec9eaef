import type { IncomingHttpHeaders } from 'node:http';

/**
 * How what is handed back to `/v1/responses` is judged. `off`: not at all. `dropping`: as by OpenAI,
 * which removes reasoning that was made for others or after something else, and says so. `strict`: as by
 * a service that keeps nothing and refuses what the others would drop.
 */
export type Strictness = 'off' | 'dropping' | 'strict';

/** What a model service is, whatever a call asks; everything left out is as the comments say. */
export interface ServiceProfile {
  /** 'off'. */
  strictness?: Strictness;
  /** True; false: 404 for everything under `/v1/responses`. */
  hasResponses?: boolean;
  /** The organizations of keys; every other key belongs to 'org-simulator'. */
  organizations?: Record<string, string>;
  /** Answers name no organization. */
  omitOrganization?: boolean;
  /**
   * Models, by the beginnings of their names, that reason before they answer `/v1/responses` and then
   * refuse sampling parameters, unless the effort is 'none'. None.
   */
  reasoningModels?: string[];
  /** Models, by the beginnings of their names, whose `instructions` come after the input. None. */
  trailingInstructionsModels?: string[];
  /** Models, by the beginnings of their names, that chat completions do not serve. None. */
  responsesOnlyModels?: string[];
  /**
   * Models, by the beginnings of their names, whose function tools chat completions refuse: with an effort
   * that is sent and not 'none', unless it is 'none', or always.
   */
  chatToolsRefused?: Record<string, ChatToolsRefusal>;
}

type ChatToolsRefusal = 'with-effort' | 'unless-none' | 'always';

/** Which header a key came in. */
export type KeyHeader = 'authorization' | 'api-key';

/** The caller's key, from `Authorization: Bearer` or Azure's `api-key`; empty without one. */
export function credentialOf(headers: IncomingHttpHeaders): {
  key: string;
  keyHeader: KeyHeader | null;
} {
  const bearer = /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { key: bearer, keyHeader: 'authorization' };
  const apiKey = headers['api-key'];
  if (typeof apiKey !== 'string' || apiKey === '') return { key: '', keyHeader: null };
  return { key: apiKey, keyHeader: 'api-key' };
}

export function organizationOf({ organizations = {} }: ServiceProfile, key: string): string {
  return (Object.hasOwn(organizations, key) ? organizations[key] : undefined) ?? 'org-simulator';
}

/** Whether a model belongs to one of the families, each the beginning of a name. */
export function isOfFamily(model: string, families: readonly string[] = []): boolean {
  return families.some((family) => model.startsWith(family));
}
