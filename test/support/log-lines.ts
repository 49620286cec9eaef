import type { RecordingLogger } from './recording-logger.js';

/** One line of the log about a request. */
export interface RequestLine extends Record<string, unknown> {
  level: string;
  requestId: string;
}

/** The lines about requests, the oldest first. */
export function requestLines(log: RecordingLogger): RequestLine[] {
  return log.lines.flatMap((line) => {
    const [, level, json] = /^(\w+) (\{"event":"request".*\}) "Request"$/.exec(line) ?? [];
    if (level === undefined || json === undefined) return [];
    return [{ ...(JSON.parse(json) as RequestLine), level }];
  });
}
