/** One row of the error table: the HTTP status, the sentence a person reads, and what they can do next. */
export interface ErrorEntry {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503;
  /** Chinese; `{name}` is filled from the error's facts. */
  message: string;
  next: string;
}
