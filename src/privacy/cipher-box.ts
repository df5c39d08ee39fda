import { createCipheriv, createDecipheriv, randomFillSync, type KeyObject } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a fresh random IV; base64url of IV, ciphertext and tag. `context` is bound to the box, not in it. */
export function lockBox(key: KeyObject, context: string, content: Uint8Array): string {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const hidden = cipher.update(content);
  cipher.final();
  return Buffer.concat([iv, hidden, cipher.getAuthTag()]).toString('base64url');
}

/** Drawn many at a time: asking for a few bytes takes as long as encrypting with them. Each is given once. */
const drawn = Buffer.alloc(8_192);
let givenBytes = drawn.length;

/** So many random bytes, fit for keys; what was given is not kept. */
export function freshBytes(count: number): Buffer {
  if (givenBytes + count > drawn.length) {
    randomFillSync(drawn);
    givenBytes = 0;
  }
  const bytes = Buffer.from(drawn.subarray(givenBytes, givenBytes + count));
  drawn.fill(0, givenBytes, givenBytes + count);
  givenBytes += count;
  return bytes;
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
