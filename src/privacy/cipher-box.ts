import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a fresh random IV; base64url of IV, ciphertext and tag. `context` is bound to the box, not in it. */
export function lockBox(key: KeyObject, context: string, content: Uint8Array): string {
  const iv = freshIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const hidden = cipher.update(content);
  cipher.final();
  return Buffer.concat([iv, hidden, cipher.getAuthTag()]).toString('base64url');
}

/** Drawn many at a time: asking for twelve bytes takes as long as encrypting with them. Each is given once. */
const drawn = Buffer.alloc(IV_BYTES * 512);
let givenBytes = drawn.length;

function freshIv(): Buffer {
  if (givenBytes === drawn.length) {
    randomFillSync(drawn);
    givenBytes = 0;
  }
  const iv = Buffer.from(drawn.subarray(givenBytes, givenBytes + IV_BYTES));
  givenBytes += IV_BYTES;
  return iv;
}

/** @throws Error if key, context or box is not the one of `lockBox` */
export function unlockBox(key: KeyObject, context: string, box: string): Buffer {
  const bytes = Buffer.from(box, 'base64url');
  const tagAt = bytes.length - TAG_BYTES;
  if (tagAt < IV_BYTES) throw new Error('too short for a box');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(tagAt));
  const content = decipher.update(bytes.subarray(IV_BYTES, tagAt));
  decipher.final();
  return content;
}
