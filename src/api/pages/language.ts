import type { Request } from 'express';

/** The languages that pages speak, as they stand in `lang`. */
export type Language = 'en' | 'zh-CN';

/** What a page says, in each of them. */
export type InEveryLanguage<Texts> = Readonly<Record<Language, Texts>>;

/** English unless Accept-Language would rather have Chinese; answers vary by that header. */
export function languageOf(request: Request): Language {
  return request.acceptsLanguages('en', 'zh') === 'zh' ? 'zh-CN' : 'en';
}
