import { describe, expect, it } from '@jest/globals';
import { Catalogue, UnknownEvent } from '../../src/event-sourcing/catalogue.ts';
import type { JsonObject, RecordedEvent } from '../../src/event-sourcing/event.ts';
import { metadata } from '../examples.ts';

type Lent =
  | { readonly type: 'BookLent'; readonly data: { readonly isbn: string; readonly days: number; readonly to: string } }
  | { readonly type: 'LendingCorrected'; readonly data: { readonly lending: JsonObject } }
  | { readonly type: 'BookReturned'; readonly data: { readonly isbn: string } };

/** As it was written in its first version, and stands in logs to this day. */
const STORED = { isbn: '90-1', weeks: 3 };

const catalogue = new Catalogue<Lent>({
  BookLent: {
    version: 3,
    upcasters: [
      ({ weeks, ...rest }) => ({ ...rest, days: 7 * (weeks as number) }),
      (data) => ({ ...data, to: 'unknown' }),
    ],
  },
  LendingCorrected: { version: 1, holds: 'lending' },
  BookReturned: { version: 1 },
});

function stored(type: string, data: JsonObject, typeVersion?: number): RecordedEvent {
  const at = metadata('2017-01-01T00:00:00.000Z', 'c');
  const versioned = typeVersion === undefined ? at : { ...at, typeVersion };
  return { id: 'e', stream: 'book-1', revision: 4, position: '9', hash: '', type, data, metadata: versioned };
}

describe('the catalogue', () => {
  it('gives an event of today as it stands', () => {
    const event = stored('BookReturned', { isbn: '90-1' });
    expect(catalogue.read(event)).toBe(event);
  });
  it('brings a stored sample of the first version to today’s shape', () =>
    expect(catalogue.read(stored('BookLent', STORED)).data).toEqual({ isbn: '90-1', days: 21, to: 'unknown' }));
  it('brings a later version up from there', () =>
    expect(catalogue.read(stored('BookLent', { isbn: '90-1', days: 5 }, 2)).data).toEqual({
      isbn: '90-1',
      days: 5,
      to: 'unknown',
    }));
  it('leaves everything but the data as it was', () => {
    const event = stored('BookLent', STORED);
    expect({ ...catalogue.read(event), data: STORED }).toEqual(event);
  });
  it('brings an event held by another up as well', () => {
    const held = stored('LendingCorrected', { lending: { type: 'BookLent', data: STORED } });
    expect(catalogue.read(held).data).toEqual({
      lending: { type: 'BookLent', data: { isbn: '90-1', days: 21, to: 'unknown' } },
    });
  });
  it('gives an event that holds one of today as it stands', () => {
    const held = stored('LendingCorrected', { lending: { type: 'BookReturned', data: { isbn: '90-1' } } });
    expect(catalogue.read(held)).toBe(held);
  });
  it('writes the version of an event, where it is not the first', () => {
    const lent = { isbn: '90-1', days: 5, to: 'anna' };
    expect(catalogue.write({ type: 'BookLent', data: lent })).toEqual({ type: 'BookLent', data: lent, typeVersion: 3 });
    const returned = { type: 'BookReturned', data: { isbn: '90-1' } } as const;
    expect(catalogue.write(returned)).toEqual(returned);
  });
  it('writes the version of an event held by another, and reads it back as it was', () => {
    const lending = { type: 'BookLent', data: { isbn: '90-1', days: 5, to: 'anna' } };
    const written = catalogue.write({ type: 'LendingCorrected', data: { lending } });
    expect(written).toEqual({ type: 'LendingCorrected', data: { lending: { ...lending, version: 3 } } });
    expect(catalogue.read(stored(written.type, written.data)).data).toEqual({ lending });
  });
  it('refuses a type it does not know, saying where it stands', () => {
    expect(() => catalogue.read(stored('BookBurnt', {}))).toThrow(UnknownEvent);
    expect(() => catalogue.read(stored('BookBurnt', {}))).toThrow(
      'book-1, revision 4, is of type BookBurnt, which this program does not know',
    );
  });
  it('refuses a newer version, saying where it stands', () =>
    expect(() => catalogue.read(stored('BookLent', {}, 4))).toThrow(
      'book-1, revision 4, is BookLent in version 4; this program knows it up to version 3',
    ));
  it('refuses what it does not know inside another event', () =>
    expect(() => catalogue.read(stored('LendingCorrected', { lending: { type: 'BookBurnt', data: {} } }))).toThrow(
      UnknownEvent,
    ));
  it('knows the version written today', () => expect(catalogue.versionOf('BookLent')).toBe(3));
  it('is not made with a gap in the upcasters', () =>
    expect(
      () =>
        new Catalogue<Lent>({
          ...{ BookLent: { version: 2 } },
          LendingCorrected: { version: 1 },
          BookReturned: { version: 1 },
        }),
    ).toThrow('BookLent in version 2 needs 1 upcasters'));
});
