import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText } from '../../src/event-log/canonical-text.ts';
import { packed, unpacked } from '../../src/event-log/writer-message.ts';
import { canonicalJson } from '../../src/event-sourcing/hash-chain.ts';

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });

describe('the text of an event', () => {
  it('is what RFC 8785 says, for any JSON', () => {
    fc.assert(fc.property(json, (value) => expect(canonicalText(value, 'data')).toBe(canonicalJson(value))));
  });

  it('is the same again when it was read back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalText(value, 'data');
        expect(canonicalText(JSON.parse(text), 'data')).toBe(text);
      }),
    );
  });

  it('orders keys by their UTF-16 units, numbers among them', () => {
    expect(canonicalText({ '\u20ac': 1, '\r': 2, '10': 3, '9': 4, '\ud83d\ude00': 5, '\ufb33': 6, ö: 7 }, 'data')).toBe(
      '{"\\r":2,"10":3,"9":4,"ö":7,"€":1,"😀":5,"\ufb33":6}',
    );
  });

  it('writes numbers as ECMAScript does', () => {
    expect(canonicalText([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0], 'data')).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  it('names what it refuses', () => {
    expect(() => canonicalText({ fact: { offerId: undefined } }, 'data')).toThrow('offerId is undefined');
    expect(() => canonicalText(undefined, 'OfferAccepted.data')).toThrow('OfferAccepted.data is undefined');
    expect(() => canonicalText({ cents: 12n }, 'data')).toThrow('cents is a bigint');
    expect(() => canonicalText({ days: new Array(2) }, 'data')).toThrow('days is undefined');
    expect(() => canonicalText({ name: 'half \ud83d' }, 'data')).toThrow('half a surrogate pair');
    expect(() => canonicalText({ on: new Date(0) }, 'data')).toThrow('not plain JSON');
  });
});

describe('requests to the writer', () => {
  it('arrive as they were sent', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '));
    const name = line.map((text) => `case-${text}`);
    const append = fc.record({
      stream: name,
      revision: fc.integer({ min: -1 }),
      hash: line,
      events: fc
        .array(fc.tuple(line, line, line, line, line), { minLength: 1, maxLength: 4 })
        .map((events) => events.flat()),
    });
    const erasure = fc.record({ erase: name });
    fc.assert(
      fc.property(fc.array(fc.oneof(append, erasure), { minLength: 1 }), (requests) =>
        expect(unpacked(packed(requests))).toEqual(requests),
      ),
    );
  });
});
