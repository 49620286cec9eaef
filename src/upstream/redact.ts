/** Credentials by their look: OpenAI's keys (whole or starred out) and bearer headers. */
const credentials = /\b(?:sk|rk|pk|sess)-[\w*.-]{4,}|\bBearer\s+[\w.~+/=*-]+/gi;

/** Text of the upstream without credentials: it may echo the key that it was sent. */
export function redact(text: string, secret: string): string {
  return text.replaceAll(secret, '[redacted]').replace(credentials, '[redacted]');
}
