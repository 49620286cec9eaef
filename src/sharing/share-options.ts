/** What whoever shares a conversation decides about the share. */
export interface ShareOptions {
  title?: string | undefined;
  /** Days from now; never more than SHARE_TTL_DAYS. */
  expiresInDays?: number | undefined;
  password?: string | undefined;
  /** SHARE_PROMPT unless said, and not true without that. */
  showPrompt?: boolean | undefined;
}

/** What a text must be, and the sentence that says so. */
interface TextRule {
  readonly pattern: RegExp;
  readonly sentence: string;
}

export const longestTitle = 200;

export const titleRule: TextRule = {
  pattern: /^(?=.*\S)[^\p{Cc}\u2028\u2029]{1,200}$/u,
  sentence: `title must be one line of 1 to ${longestTitle} characters`,
};

/** Whatever stands in a header arrives without the blanks around it. */
export const passwordRule: TextRule = {
  pattern: /^\S[^\p{Cc}\u2028\u2029]{6,126}\S$/u,
  sentence:
    'password must be 8 to 128 characters without line breaks, and not begin or end with a blank',
};

/** Where SHARE_TTL_DAYS is no bound. */
export const mostDays = 3_650;

/** The most that `expires_in_days` takes. @param ttlDays SHARE_TTL_DAYS */
export function mostDaysOf(ttlDays: number): number {
  return ttlDays === 0 ? mostDays : Math.min(ttlDays, mostDays);
}
