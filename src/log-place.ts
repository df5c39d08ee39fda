import { resolve } from 'node:path';

/** Where a log stands; plain data, so that a thread can be told. */
export type LogPlace = { readonly file: string } | { readonly connectionString: string };

/** What is asked of a connection string, as far as it can be told without the server. */
export const CONNECTION_STRING_FORM =
  'a connection string such as esdb://user:password@node1:2113,node2:2113,node3:2113 (esdb+discover:// and kurrentdb:// too)';

/** The place that an address names: an EventStoreDB by its connection string, else a file. */
export function logPlace(address: string): LogPlace {
  return hasScheme(address) ? { connectionString: address } : { file: resolve(address) };
}

/** Why an address can't be the connection string of a log; undefined: it can. Never says what stands in it: it may be a password. */
export function connectionStringFault(address: string): string | undefined {
  if (!hasScheme(address)) return 'it has another beginning';
  const [, userInfo, hosts, query] = /^[^:]+:\/\/(?:([^@]*)@)?([^/?]*)\/?(?:\?(.*))?$/s.exec(address) ?? [];
  if (hosts === undefined || hosts === '') return 'it names no host';
  if (userInfo !== undefined && !/^[^:]+:[^:]+$/.test(userInfo)) {
    return 'before the @ stands user:password, special characters in them as %40';
  }
  if (!hosts.split(',').every((host) => HOST.test(host)))
    return 'after :// and the @ stand hosts as name:port, apart by commas';
  if (query !== undefined && !query.split('&').every((it) => /^[A-Za-z]+=[^=]+$/.test(it))) {
    return 'after the ? stand options as name=value, apart by &';
  }
  return undefined;
}

/** A place as it may be shown: without user and password. */
export function placeInWords(place: LogPlace): string {
  return 'file' in place ? place.file : place.connectionString.replace(/\/\/[^@]*@/s, '//').replace(/\?.*$/s, '');
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$/;

function hasScheme(address: string): boolean {
  return /^(?:esdb|kurrentdb)(?:\+discover)?:\/\//.test(address);
}
