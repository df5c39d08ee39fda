/**
 * A personal value as it stands in the log and the read models: unreadable without its subject's key. It is bound to its
 * place: the id of the event that holds it (of a correction: the correcting event's) and the name of the property it is the
 * value of (`personal`, `address`, `note`, …).
 */
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

/** Where a home stands; sealed as one value, under the key of the case. */
export interface Address {
  readonly street: string;
  /** With its addition, as on the door. */
  readonly houseNumber: string;
  readonly postalCode: string;
  readonly city: string;
}
