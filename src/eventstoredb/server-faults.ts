import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { Connection, Host } from './connection-string.ts';

/** What the client's errors have in common; their classes are not told apart across copies of the package. */
interface ServerFault {
  /** The client's own word for it. */
  readonly type?: string;
  /** Status of gRPC. */
  readonly code?: number;
  readonly message: string;
}

const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
/** Faults that stay, however often it is tried; all others pass. */
const LASTING = [
  'access-denied',
  'invalid-argument',
  'maximum-append-size-exceeded',
  'missing-required-metadata-property',
  'stream-deleted',
  'stream-not-found',
  'unsupported',
  'wrong-expected-version',
];
/** Invalid argument, not found, already exists, failed precondition, out of range, unimplemented. */
const LASTING_CODES = [3, 5, 6, 9, 11, 12, PERMISSION_DENIED, UNAUTHENTICATED];
const LOOK_MS = 2_000;

/** No answer came in time. */
export class NoAnswer extends Error {
  constructor() {
    super('no answer came in time');
    this.name = 'NoAnswer';
  }
}

export function isOfType(error: unknown, type: string): boolean {
  return faultOf(error).type === type;
}

/**
 * Whether trying again may help: unavailable, cancelled, aborted, too late, not the leader, not ready yet (which arrives as
 * unknown), a failed discovery. Appends may be repeated then, because they carry the same ids and an exact revision.
 */
export function isPassingFault(error: unknown): boolean {
  const { type, code } = faultOf(error);
  if (type === 'not-leader') return true;
  if (type !== undefined && LASTING.includes(type)) return false;
  if (isNoPosition(error)) return false;
  if (typeof code === 'number') return !LASTING_CODES.includes(code);
  return type !== undefined || error instanceof NoAnswer || isClientFault(error);
}

/** The client follows a redirection to the leader by itself; in all else that passes, a new one is the surer way. */
export function asksForNewClient(error: unknown): boolean {
  return !isOfType(error, 'not-leader');
}

export function isAccessFault(error: unknown): boolean {
  const { type, code } = faultOf(error);
  return type === 'access-denied' || code === PERMISSION_DENIED || code === UNAUTHENTICATED;
}

/** No server was found, or the client was replaced before it had sent the call. */
function isClientFault(error: unknown): boolean {
  return /^(?:Failed to discover|Channel has been shut down)/.test(faultOf(error).message);
}

/** Nothing stands at a position that was named; the server has no better word for it. */
export function isNoPosition(error: unknown): boolean {
  return faultOf(error).message.includes('Unexpected ReadAllResult: Error');
}

/** The first line of what the client says. */
export function reasonOf(error: unknown): string {
  const { message } = faultOf(error);
  return message.split('\n')[0]!.slice(0, 200) || 'it gave no reason';
}

function faultOf(error: unknown): ServerFault {
  return typeof error === 'object' && error !== null ? (error as ServerFault) : { message: String(error) };
}

interface HostFault {
  readonly words: string;
  /** It will not go away by waiting. */
  readonly isLasting: boolean;
}

/** Why none of the hosts can be talked to, now or later; undefined: one can, or will perhaps. */
export async function lastingFault(connection: Connection): Promise<string | undefined> {
  const faults = await Promise.all(connection.hosts.map((host) => hostFault(connection, host)));
  return faults.every((it) => it?.isLasting) ? faults[0]!.words : undefined;
}

/**
 * Why a server that is there, or should be, cannot be talked to: looks at each host once, because the client's own messages do
 * not tell a wrong certificate from a server that is switched off.
 */
export async function connectionFault(connection: Connection): Promise<string> {
  const faults = await Promise.all(connection.hosts.map((host) => hostFault(connection, host)));
  const fault = faults.find((it) => it?.isLasting) ?? faults.find((it) => it !== undefined);
  return fault?.words ?? 'it answers, but has no leader or is no EventStoreDB; look at its own log';
}

async function hostFault(connection: Connection, host: Host): Promise<HostFault | undefined> {
  const { isSecure, rootCertificate } = connection;
  const where = `${host.address}:${host.port}`;
  const error = await look(host, isSecure, rootCertificate);
  if (error === undefined) {
    if (isSecure) return undefined;
    // A secured server takes the connection and ends it at the first word that is not TLS.
    const secured = await look(host, true, undefined);
    if (secured !== undefined && !isCertificateFault(secured)) return undefined;
    return { isLasting: true, words: `${where} talks TLS only: leave out tls=false, and give user and password` };
  }
  const code = error.code ?? error.message;
  if (isCertificateFault(error)) {
    if (code === 'CERT_HAS_EXPIRED')
      return { isLasting: true, words: `the certificate of ${where} has expired: it has to be renewed` };
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
      return { isLasting: true, words: `the certificate of ${where} is of another host: name hosts as it does` };
    const words = `the certificate of ${where} is not trusted (${code}): give the file of its authority as tlsCAFile`;
    return { isLasting: true, words };
  }
  if (isSecure && /^ERR_SSL|^ECONNRESET$|^EPROTO$/.test(code)) {
    return { isLasting: true, words: `${where} does not talk TLS: if it is a server without security, add tls=false` };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { isLasting: false, words: `there is no host ${host.address}; look at its name` };
  }
  return { isLasting: false, words: `nobody answers at ${where} (${code}); look whether it runs, and at its address` };
}

function look(host: Host, isSecure: boolean, ca: Buffer | undefined): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const { address, port } = host;
    const name = address.replace(/^\[|\]$/g, '');
    const socket = isSecure
      ? connectSecure({ host: name, port, ...(ca ? { ca } : {}), ALPNProtocols: ['h2'] })
      : connectPlain({ host: name, port });
    const done = (error?: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(error);
    };
    socket.setTimeout(LOOK_MS, () => done(Object.assign(new Error('no answer'), { code: 'no answer' })));
    socket.on('error', done);
    socket.on(isSecure ? 'secureConnect' : 'connect', () => done());
  });
}

function isCertificateFault({ code = '' }: NodeJS.ErrnoException): boolean {
  return /CERT|SIGNATURE|ISSUER|SELF_SIGNED|ERR_TLS/.test(code);
}
