/** A personal value as it stands in the log and the read models: unreadable without its subject's key. */
export interface Sealed {
  /** Id of the person, or of the case for free text: the key stream is `key-<subject>`. */
  readonly subject: string;
  readonly keyVersion: number;
  /** base64url of 96-bit IV, AES-256-GCM ciphertext and 128-bit tag. */
  readonly box: string;
}

/** What is known of a person by name; sealed as one value. */
export interface Personal {
  readonly name: string;
  /** V-number as IND writes it: ten digits. */
  readonly alienNumber?: string;
  readonly birthDate?: string;
}
