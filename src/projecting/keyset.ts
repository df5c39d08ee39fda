import type { Value } from './projection.ts';

/** The cursor was not made by this list, or was changed. */
export class InvalidCursor extends Error {
  readonly code = 'INVALID_CURSOR';
  constructor() {
    super('the cursor is not one of this list in this order');
    this.name = 'InvalidCursor';
  }
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page starts; null: this is the last one. */
  readonly next: string | null;
}

/** Opaque place in a list: what it is sorted by, and the values there of the last row given. */
export function cursorOf(order: string, values: readonly Value[]): string {
  return Buffer.from(JSON.stringify([order, ...values])).toString('base64url');
}

/** The values of a cursor. @throws InvalidCursor for another order, another number of values, or what is no cursor */
export function placeOf(cursor: string, order: string, length: number): readonly Value[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw new InvalidCursor();
  }
  if (!Array.isArray(parts) || parts.length !== length + 1 || parts[0] !== order) throw new InvalidCursor();
  const values: unknown[] = parts.slice(1);
  if (!values.every(isValue)) throw new InvalidCursor();
  return values;
}

/** Cuts a list that was read with one row more than asked for. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  order: string,
  place: (item: Item) => readonly Value[],
): Page<Item> {
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? cursorOf(order, place(items.at(-1)!)) : null };
}

function isValue(value: unknown): value is Value {
  return value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}
