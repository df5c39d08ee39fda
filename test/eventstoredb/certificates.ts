import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** Both in PEM. */
export interface Certified {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

const DAY_MS = 86_400_000;
const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OBJECT, TEXT, TIME, SEQUENCE, SET] = [
  0x01, 0x02, 0x03, 0x04, 0x06, 0x0c, 0x17, 0x30, 0x31,
];
const COMMON_NAME = der(OBJECT, Buffer.from('550403', 'hex'));
const BASIC_CONSTRAINTS = der(OBJECT, Buffer.from('551d13', 'hex'));
const ALTERNATIVE_NAMES = der(OBJECT, Buffer.from('551d11', 'hex'));
const ECDSA_WITH_SHA256 = der(SEQUENCE, der(OBJECT, Buffer.from('2a8648ce3d040302', 'hex')));
const YES = der(BOOLEAN, Buffer.from([0xff]));

/** An authority of one test, and the certificates it gives to nodes: of X.509 (RFC 5280) what TLS asks for. */
export class Authority {
  /** PEM. */
  readonly certificate: Buffer;
  readonly #key: KeyObject;
  readonly #name = name('authority of a test');

  constructor() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const mayCertify = der(SEQUENCE, BASIC_CONSTRAINTS, YES, der(OCTET_STRING, der(SEQUENCE, YES)));
    this.certificate = this.#certificate(publicKey, { subject: this.#name, extension: mayCertify });
  }

  /** @param hosts names and addresses that it is for @param expiresAt default: tomorrow */
  certify(hosts: readonly string[], expiresAt = new Date(Date.now() + DAY_MS)): Certified {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const names = hosts.map((host) =>
      isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
    );
    const extension = der(SEQUENCE, ALTERNATIVE_NAMES, der(OCTET_STRING, der(SEQUENCE, ...names)));
    return {
      key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
      certificate: this.#certificate(publicKey, { subject: name('node of a test'), extension, expiresAt }),
    };
  }

  #certificate(
    publicKey: KeyObject,
    {
      subject,
      extension,
      expiresAt = new Date(Date.now() + DAY_MS),
    }: { readonly subject: Buffer; readonly extension: Buffer; readonly expiresAt?: Date },
  ): Buffer {
    const version3 = der(0xa0, der(INTEGER, Buffer.from([2])));
    const serial = der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
    const validity = der(SEQUENCE, time(new Date(expiresAt.getTime() - 2 * DAY_MS)), time(expiresAt));
    const content = der(
      SEQUENCE,
      version3,
      serial,
      ECDSA_WITH_SHA256,
      this.#name,
      validity,
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, der(SEQUENCE, extension)),
    );
    const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', content, this.#key));
    const base64 = der(SEQUENCE, content, ECDSA_WITH_SHA256, signature).toString('base64');
    const lines = base64.match(/.{1,64}/g)!.join('\n');
    return Buffer.from(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
  }
}

/** One value in DER: its tag, its length, its contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const lengths = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengths]), content]);
}

function name(text: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(TEXT, Buffer.from(text)))));
}

/** Of this half-century. */
function time(at: Date): Buffer {
  return der(TIME, Buffer.from(`${at.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`));
}
