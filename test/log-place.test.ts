import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { logPlace, placeInWords } from '../src/log-place.ts';

describe('The place of a log', () => {
  it('is a server by its connection string, else a file', () => {
    const connectionString = 'esdb://127.0.0.1:2113?tls=false';
    expect(logPlace(connectionString, '/data')).toEqual({ connectionString, temporaryFolder: '/data' });
    expect(logPlace('data/log.sqlite', '/data')).toEqual({ file: resolve('data/log.sqlite') });
  });

  it('is shown without who signs in there', () => {
    expect(placeInWords(logPlace('esdb+discover://admin:secret@n1:2113,n2:2113', '/data'))).toBe('n1:2113, n2:2113');
    const named = logPlace('esdb://admin:secret@n1:2113?woonspoorNamespace=trial', '/data');
    expect(placeInWords(named)).toBe('n1:2113 (woonspoorNamespace trial)');
    expect(placeInWords({ file: '/data/log.sqlite' })).toBe('/data/log.sqlite');
  });
});
