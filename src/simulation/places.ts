/** A municipality as the market knows it; its index in the list is its name there. */
export interface Place {
  /** `GM` and four digits. */
  readonly code: string;
  readonly name: string;
  readonly inhabitants: number;
  /** First day on which it exists, and the first on which it doesn't any more (days since 1970-01-01). */
  readonly from: number;
  readonly until: number;
  /** Index of the municipality that took its place; -1: none. */
  readonly successor: number;
}
