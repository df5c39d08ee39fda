import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';

/** Who may operate this server: whoever can read the token's file on this machine. None: nobody can, over HTTP. */
export class OperationsToken {
  private readonly token: Buffer | undefined;
  private constructor(token: string | undefined) {
    this.token = token === undefined ? undefined : Buffer.from(token);
  }

  static readonly none = new OperationsToken(undefined);

  /** A new one for each run of the server, in a file that only its user can read. */
  static writtenTo(file: string): OperationsToken {
    const token = randomBytes(32).toString('hex');
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    chmodSync(file, 0o600);
    return new OperationsToken(token);
  }

  admits(authorization: string | undefined, remoteAddress: string | undefined): boolean {
    if (this.token === undefined || !isLoopback(remoteAddress)) return false;
    const given = Buffer.from(/^Bearer ([0-9a-f]{64})$/.exec(authorization ?? '')?.[1] ?? '');
    return given.length === this.token.length && timingSafeEqual(given, this.token);
  }
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (address === '::1' || /^(::ffff:)?127\./.test(address));
}
