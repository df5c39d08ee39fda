import type { EventLog } from '../event-sourcing/event-log.ts';
import { freshnessOf } from '../http/freshness.ts';
import { invalidRequest } from '../http/problem.ts';
import { wordsOf, type BlindIndex } from '../privacy/blind-index.ts';
import type { Keyring } from '../privacy/keyring.ts';
import type { Views } from '../read-store/views.ts';
import type { FoundPersonsBody, PersonSearch } from './case-answers.api.ts';
import { readCase } from './case-reading.ts';
import { personalOf, subjectsOf } from './opening.ts';
import { findByAddress, findByAlienNumber, findByName, type Found } from './search.projection.ts';

const DEFAULT_FOUND = 20;

/** Finds persons without anything readable in the views; who was found is read from their own case. */
export class PersonSearches {
  private readonly log: EventLog;
  private readonly views: Views;
  private readonly keyring: Keyring;
  private readonly blindIndex: BlindIndex;
  constructor(parts: {
    readonly log: EventLog;
    readonly views: Views;
    readonly keyring: Keyring;
    readonly blindIndex: BlindIndex;
  }) {
    this.log = parts.log;
    this.views = parts.views;
    this.keyring = parts.keyring;
    this.blindIndex = parts.blindIndex;
  }

  async find(search: PersonSearch, minPosition: string | undefined): Promise<FoundPersonsBody> {
    const { alienNumber, name, address, limit = DEFAULT_FOUND } = search;
    if ([alienNumber, name, address].filter((one) => one !== undefined && one !== null).length !== 1) {
      const detail = 'must hold exactly one of alienNumber, name and address';
      throw invalidRequest([{ in: 'body', location: { pointer: '#' }, code: 'one', detail }]);
    }
    const { found, more, freshness } = await this.views.read(
      'search',
      (db, known) => {
        const result = alienNumber
          ? findByAlienNumber(db, this.blindIndex, alienNumber, limit)
          : name
            ? findByName(db, this.blindIndex, name, limit)
            : findByAddress(db, this.blindIndex, address!, limit);
        return { ...result, freshness: freshnessOf(known, this.log.id) };
      },
      { minPosition },
    );
    const onlyWhole = this.onlyWhole(search);
    return { found: await Promise.all(found.map((one) => this.withName(one))), more, onlyWhole, freshness };
  }

  /** Who gets nothing for a single letter should know why. */
  private onlyWhole({ name, address }: PersonSearch): readonly string[] {
    const [domain, words] = name ? (['name', wordsOf(name)] as const) : (['address', wordsOf(address ?? '')] as const);
    return words.filter((word) => this.blindIndex.sought(domain, word).every(({ start }) => start === null));
  }

  private async withName(found: Found): Promise<FoundPersonsBody['found'][number]> {
    const reading = found.personId === null ? undefined : await readCase(this.log, found.caseId);
    if (!reading) return { ...found, personal: null };
    const open = await this.keyring.load(subjectsOf(reading.history));
    return { ...found, personal: personalOf(reading.history, found.personId!, open) };
  }
}
