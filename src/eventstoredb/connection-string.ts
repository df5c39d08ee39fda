import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { LogUnavailable } from '../event-sourcing/event-log.ts';

export interface Host {
  readonly address: string;
  readonly port: number;
}

/** Where the log stands and how it is reached. */
export interface Connection {
  readonly hosts: readonly Host[];
  readonly isDiscovered: boolean;
  readonly isSecure: boolean;
  /** An authority of one's own, besides those that Node knows. */
  readonly rootCertificate: Buffer | undefined;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** Before all names of streams, so that several logs can stand on one server; '' for none. */
  readonly prefix: string;
  /** Options of the client, as it names them. */
  readonly client: { readonly [name: string]: number | string };
  /** As it may be shown: without user and password. */
  readonly words: string;
}

const FORM = /^(?:esdb|kurrentdb)(\+discover)?:\/\/(?:([^@/?]*)@)?([^@/?]+)\/?(?:\?(.*))?$/s;
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::([0-9]{1,5}))?$/;
/** No category has one: by it a log without a namespace tells the streams of the others from its own. */
export const AFTER_NAMESPACE = '.';
const USUAL_PORT = 2113;
const NUMBERS = [
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
];
/** The client pings no more often: servers end connections that do. */
const LEAST_KEEP_ALIVE_MS = 10_000;

/**
 * `esdb://user:password@host:port,host:port?tls=true&tlsCAFile=…&woonspoorNamespace=…` (`kurrentdb://` and `+discover` too). We
 * read it ourselves: the client passes over what it does not know, and prints the password when it warns of that.
 * @throws LogUnavailable what is wrong with it, quoting nothing that could be a password
 */
export function readConnectionString(text: string): Connection {
  const [, discover, user, hostList, query = ''] = FORM.exec(text.trim()) ?? [];
  if (hostList === undefined) throw bad('it has the form esdb://user:password@host:port,host:port?option=value');
  const hosts = hostList.split(',').map(hostOf);
  const options = optionsOf(query);
  const isSecure = flag(options, 'tls', true);
  const credentials = credentialsOf(user);
  const rootCertificate = certificateOf(take(options, 'tlsCAFile'), isSecure);
  const prefix = prefixOf(take(options, 'woonspoorNamespace'));
  // What is left must be known: a word written wrong is named before what is missed because of it.
  const client = clientOptionsOf(options);
  if (isSecure && !credentials) {
    throw bad(
      'a secured server asks for user:password@ before its hosts (or is it one without security? then add tls=false)',
    );
  }
  return {
    hosts,
    isDiscovered: discover !== undefined || hosts.length > 1,
    isSecure,
    rootCertificate,
    credentials,
    prefix,
    client,
    words: `${hosts.map(({ address, port }) => `${address}:${port}`).join(', ')}`,
  };
}

function hostOf(text: string): Host {
  const [, address, port] = HOST.exec(text.trim()) ?? [];
  const number = port === undefined ? USUAL_PORT : Number(port);
  if (address === undefined || number < 1 || number > 65_535) throw bad('its hosts are name:port, apart by commas');
  return { address, port: number };
}

function credentialsOf(user: string | undefined): Connection['credentials'] {
  if (user === undefined) return undefined;
  const [username, password, ...rest] = user.split(':');
  if (!username || !password || rest.length > 0) {
    throw bad('before the @ stands user:password, special characters in them as %40');
  }
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw bad('in user or password stands a % that begins no %40 or the like; write % itself as %25');
  }
}

function optionsOf(query: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const [name, value, ...rest] = part.split('=');
    if (!name || !value || rest.length > 0) throw bad('after the ? stand options as name=value, apart by &');
    if (options.has(name)) throw bad(`the option ${shown(name)} stands there twice`);
    options.set(name, decoded(name, value));
  }
  return options;
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw bad(`in the option ${shown(name)} stands a % that begins no %20 or the like; write % itself as %25`);
  }
}

function prefixOf(namespace: string | undefined): string {
  if (namespace === undefined) return '';
  if (!/^[A-Za-z0-9]{1,64}$/.test(namespace))
    throw bad('woonspoorNamespace is one word of letters and digits, at most 64');
  return namespace + AFTER_NAMESPACE;
}

function certificateOf(file: string | undefined, isSecure: boolean): Buffer | undefined {
  if (file === undefined) return undefined;
  if (!isSecure) throw bad('tlsCAFile is of no use with tls=false: leave one of them out');
  if (!existsSync(file)) throw bad(`there is no file ${file}, which tlsCAFile names`);
  const certificate = contentsOf(file);
  if (!isCertificate(certificate)) throw bad(`${file}, which tlsCAFile names, holds no certificate (PEM)`);
  return certificate;
}

function contentsOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = 'unknown fault' } = error as NodeJS.ErrnoException;
    throw bad(`${file}, which tlsCAFile names, cannot be read (${code})`);
  }
}

/** Node passes over what it cannot read, and would then trust nobody. */
function isCertificate(pem: Buffer): boolean {
  try {
    return pem.includes('BEGIN CERTIFICATE') && new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function clientOptionsOf(options: Map<string, string>): Connection['client'] {
  const chosen: Record<string, number | string> = {};
  for (const [name, value] of options) {
    if (name === 'connectionName') {
      chosen[name] = value;
    } else if (NUMBERS.includes(name)) {
      const number = Number(value);
      if (!/^[0-9]+$/.test(value) || number === 0) throw bad(`the option ${name} is a whole number above 0`);
      if (name.startsWith('keepAlive') && number < LEAST_KEEP_ALIVE_MS) {
        throw bad(`the option ${name} is at least ${LEAST_KEEP_ALIVE_MS} (milliseconds)`);
      }
      chosen[name] = number;
    } else if (name === 'nodePreference') {
      if (value !== 'leader') throw bad('nodePreference can only be leader: what was written must be read at once');
    } else if (name === 'tlsVerifyCert') {
      throw bad(
        'the client always verifies certificates: leave tlsVerifyCert out, and name your own authority in tlsCAFile',
      );
    } else {
      const known = ['tls', 'tlsCAFile', 'woonspoorNamespace', 'connectionName', ...NUMBERS];
      throw bad(`it has an option ${shown(name)}, which is not known; known are ${known.join(', ')}`);
    }
  }
  return chosen;
}

function flag(options: Map<string, string>, name: string, usual: boolean): boolean {
  const value = take(options, name);
  if (value === undefined) return usual;
  if (value !== 'true' && value !== 'false') throw bad(`the option ${name} is true or false`);
  return value === 'true';
}

function take(options: Map<string, string>, name: string): string | undefined {
  const value = options.get(name);
  options.delete(name);
  return value;
}

/** A name that looks like one; anything else could be the end of a password. */
function shown(name: string): string {
  return /^[A-Za-z]{1,30}$/.test(name) ? name : '(not a word)';
}

function bad(what: string): LogUnavailable {
  return new LogUnavailable(`the connection string of the event log cannot be used: ${what}`);
}
