import { describe, expect, it } from '@jest/globals';
import type { Table, ViewDefinition } from '../../src/projecting/projection.ts';
import { checkDefinition } from '../../src/projecting/view-definition.ts';
import { namesProjection, staysProjection } from './toy.ts';

const table: Table = { columns: { person: 'text', weight: 'integer', share: 'real' }, key: ['person'], keeps: 'daily' };
const view: ViewDefinition = { name: 'some-view', version: 1, tables: { rows1: table } };

describe('the declaration of a view', () => {
  it('is accepted when all it names is there', () => {
    expect(() => checkDefinition(staysProjection)).not.toThrow();
    expect(() => checkDefinition(namesProjection)).not.toThrow();
  });

  it.each<[string, Partial<ViewDefinition>, RegExp]>([
    ['a name with capitals', { name: 'SomeView' }, /kebab-case/],
    ['version 0', { version: 0 }, /version is 1 or more/],
    ['a column of the engine', { tables: { t: { ...table, columns: { stream: 'text' }, key: [] } } }, /t.stream/],
    ['a table name that is no word', { tables: { 'a; drop': table } }, /no name of a table/],
    ['a key that is no column', { tables: { t: { ...table, key: ['nobody'] } } }, /key of t names no column: nobody/],
    [
      'an index on no column',
      { tables: { t: { ...table, indexes: [['nobody']] } } },
      /index of t names no column.*nobody/,
    ],
    ['two tables that differ in case only', { tables: { a: table, A: table } }, /two tables have one name/],
    ['an election from no table', { elections: { e: { from: 'x', per: 'person', orderBy: [] } } }, /from no table: x/],
    ['an election per no column', { elections: { e: { from: 'rows1', per: 'x', orderBy: [] } } }, /per no column: x/],
    ['an election by no column', { elections: { e: { from: 'rows1', per: 'person', orderBy: ['x'] } } }, /orders by/],
    ['a sum from nothing', { sums: { s: { from: 'x', groupBy: [] } } }, /from no table or election: x/],
    ['a sum by no column', { sums: { s: { from: 'rows1', groupBy: ['x'] } } }, /groups by no column: x/],
    ['a sum of text', { sums: { s: { from: 'rows1', groupBy: [], measures: ['person'] } } }, /only add up integer/],
    ['a sum of fractions', { sums: { s: { from: 'rows1', groupBy: [], measures: ['share'] } } }, /only add up integer/],
  ])('may not have %s', (_, wrong, message) => {
    expect(() => checkDefinition({ ...view, ...wrong })).toThrow(message);
  });

  it('may not keep earlier days of what is opened with a key: a destroyed key would leave it behind', () => {
    expect(() => checkDefinition({ ...view, subjects: () => [] })).toThrow(/destroyed key/);
  });
});
