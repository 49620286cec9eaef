/** The browser that CHROMIUM_PATH names, else the first one in PATH; null where there is none. */
export function findChromium(variables?: Record<string, string | undefined>): string | null;
