import { streamName } from '../event-sourcing/event.ts';

/** First event of a key stream: the subject's data key, unreadable without the master key. */
export interface SubjectKeyCreated {
  readonly type: 'SubjectKeyCreated';
  readonly data: {
    readonly subject: string;
    /** Version of the data key; sealed values name it. */
    readonly keyVersion: number;
    /** base64url of 96-bit IV, AES-256-GCM ciphertext and 128-bit tag. */
    readonly wrapped: string;
    readonly masterKeyVersion: number;
  };
}

export const KEY_CATEGORY = 'key';

export function keyStream(subject: string): string {
  return streamName(KEY_CATEGORY, subject);
}
