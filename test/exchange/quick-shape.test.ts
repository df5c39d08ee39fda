import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as api from '../../src/casework/cases.api.ts';
import { QuickShape } from '../../src/exchange/quick-shape.ts';
import { readBody, type RequestClass } from '../../src/http/validation.ts';

type Example = Readonly<Record<string, unknown>>;
const CLASSES = Object.values(api).filter(
  (one): one is RequestClass & { readonly example: Example } => 'example' in one && one !== (api.Correction as unknown),
);

const anything = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    'x',
    'ASYLUM',
    '2017-02-30',
    '2017-03-01',
    0,
    3,
    1.5,
    Infinity,
    [],
    {},
    ['x'],
    [{}],
    '\ud800',
  ),
  fc.uuid(),
  fc.jsonValue(),
);

/** An example with something in it replaced, left out, or added, at any depth. */
function changed(example: unknown, at: number, value: unknown): unknown {
  if (typeof example !== 'object' || example === null) return value;
  const keys = [...Object.keys(example), 'added'];
  const key = keys[at % keys.length]!;
  const inner = (example as Example)[key];
  const next = at % 3 === 0 || inner === undefined ? value : changed(inner, Math.floor(at / 3), value);
  if (Array.isArray(example)) return example.map((one: unknown, index) => (String(index) === key ? next : one));
  const copy = { ...example, [key]: next };
  return at % 7 === 0 ? Object.fromEntries(Object.entries(copy).filter(([name]) => name !== key)) : copy;
}

describe('A quick look at the shape of a body', () => {
  it.each(CLASSES)('takes the example of %p', (type) => {
    expect(new QuickShape(type).fits(type.example)).toBe(true);
  });

  it('takes nothing that a thorough look refuses, and refuses nothing that it takes', () => {
    const shapes = new Map(CLASSES.map((type) => [type, new QuickShape(type)]));
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...CLASSES), fc.nat(1_000), anything, (type, at, value) => {
        const body = changed(type.example, at, value) as Example;
        const valid = !('faults' in readBody(type, body));
        seen[valid ? 'valid' : 'invalid']++;
        expect(shapes.get(type)!.fits(body)).toBe(valid);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(100);
  });
});
