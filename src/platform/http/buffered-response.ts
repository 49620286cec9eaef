/** An answer that goes out at once. */
export interface BufferedResponse {
  status: number;
  /** Those that not every answer has. */
  headers: Record<string, string>;
  body: string;
}
