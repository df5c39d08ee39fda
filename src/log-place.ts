import { resolve } from 'node:path';
import { AFTER_NAMESPACE, readConnectionString } from './eventstoredb/connection-string.ts';

/** Where a log stands; plain data, so that a thread can be told. */
export type LogPlace =
  | { readonly file: string }
  | {
      readonly connectionString: string;
      /** Where its readers may keep what they need for a while: it can be as large as the log. */
      readonly temporaryFolder?: string;
    };

/**
 * The place that an address names: a server by its connection string, else a file.
 * @throws LogUnavailable a bad connection string
 */
export function logPlace(address: string, temporaryFolder: string): LogPlace {
  if (!/^(?:esdb|kurrentdb)(?:\+discover)?:\/\//.test(address)) return { file: resolve(address) };
  readConnectionString(address);
  return { connectionString: address, temporaryFolder };
}

/** A place as it may be shown: without user and password. */
export function placeInWords(place: LogPlace): string {
  if ('file' in place) return place.file;
  const { words, prefix } = readConnectionString(place.connectionString);
  return prefix === '' ? words : `${words} (woonspoorNamespace ${prefix.slice(0, -AFTER_NAMESPACE.length)})`;
}
