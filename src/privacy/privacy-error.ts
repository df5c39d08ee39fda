import { CodedError } from '../event-sourcing/coded-error.ts';

/** What can go wrong with keys and sealed values. The message names ids, never a value. */
export class PrivacyError extends CodedError {}

/** The master key's text or file cannot be used: absent, of a wrong length, twice the same version. */
export class MasterKeyUnusable extends PrivacyError {
  constructor(message: string, options?: ErrorOptions) {
    super('MASTER_KEY_UNUSABLE', message, options);
  }
}

/** The log's keys were wrapped with another master key than the one given. */
export class MasterKeyWrong extends PrivacyError {
  constructor(message: string, options?: ErrorOptions) {
    super('MASTER_KEY_WRONG', message, options);
  }
}

/** No key was ever made for this subject, or the log as read here does not hold it yet. */
export class SubjectKeyMissing extends PrivacyError {
  constructor(subject: string) {
    super('SUBJECT_KEY_MISSING', `there is no key of ${subject} in the log`);
  }
}

/** Nothing can be sealed for this subject any more. */
export class SubjectKeyDestroyed extends PrivacyError {
  constructor(subject: string) {
    super('SUBJECT_KEY_DESTROYED', `the key of ${subject} has been destroyed`);
  }
}

/** The box, or where it stands, was changed after it was sealed. */
export class SealBroken extends PrivacyError {
  constructor(subject: string, eventId: string, field: string, options?: ErrorOptions) {
    super('SEAL_BROKEN', `${field} of event ${eventId} is not what was sealed there for ${subject}`, options);
  }
}

/** The list of erased keys cannot be read: starting without it could bring erased persons back. */
export class ErasedKeysDamaged extends PrivacyError {
  constructor(message: string) {
    super('ERASED_KEYS_DAMAGED', message);
  }
}
