import type { Json } from '../event-sourcing/event.ts';
import type { CaseFact, Member } from '../journey/cases.events.ts';
import type { Keyring } from '../privacy/keyring.ts';
import type { Sealed } from '../privacy/sealed.ts';
import type { Draws } from './draws.ts';
import { FOR, type Household } from './household.ts';
import { addressOf, personalOf } from './personal-values.ts';
import type { Place } from './places.ts';
import { CHILD, FAMILY } from './plan-facts.ts';

/** What the simulation is made of. */
export interface World {
  readonly draws: Draws;
  readonly places: readonly Place[];
}

/** Where a fact stands: the event that will hold it, the household it is of, and the municipality concerned. */
interface FactPlace {
  readonly household: Household;
  readonly eventId: string;
  readonly place: number;
}

const SEALED: ReadonlySet<CaseFact['type']> = new Set([
  'PermitGranted',
  'FollowingFamilyArrived',
  'ChildBorn',
  'HomeOffered',
  'NoteAdded',
]);

/** Puts personal values into simulated facts, sealed under the keys of the persons and the case. */
export class FactSealing {
  private readonly keyring: Keyring;
  private readonly world: World;

  constructor(keyring: Keyring, world: World) {
    this.keyring = keyring;
    this.world = world;
  }

  /** Whether there is anything personal in it. */
  static concerns({ type }: CaseFact): boolean {
    return SEALED.has(type);
  }

  async seal(fact: CaseFact, where: FactPlace): Promise<CaseFact> {
    if (fact.type === 'PermitGranted') {
      return { type: fact.type, data: { ...fact.data, members: await this.members(fact.data.members, where, 0) } };
    }
    if (fact.type === 'FollowingFamilyArrived') {
      return { type: fact.type, data: { ...fact.data, members: await this.members(fact.data.members, where, FAMILY) } };
    }
    if (fact.type === 'ChildBorn') {
      const [member] = await this.members([fact.data.member], where, CHILD);
      return { type: fact.type, data: { ...fact.data, member: member! } };
    }
    if (fact.type === 'HomeOffered') {
      const { number, offers } = where.household;
      const city = this.world.places[where.place]!.name;
      const address = { ...addressOf(this.world.draws, number, offers.length, city) };
      return { type: fact.type, data: { ...fact.data, address: await this.text(where, 'address', address) } };
    }
    if (fact.type === 'NoteAdded') {
      const text = await this.text(where, 'text', 'Called the household about the search.');
      return { type: fact.type, data: { ...fact.data, text } };
    }
    return fact;
  }

  /** Free text of a case, under the case's key. */
  text({ household, eventId }: Omit<FactPlace, 'place'>, field: string, value: Json): Promise<Sealed> {
    return this.keyring.seal(this.world.draws.uuid(household.number, FOR.CASE_ID), eventId, field, value);
  }

  private async members(
    members: readonly Member[],
    { household, eventId }: FactPlace,
    first: number,
  ): Promise<readonly Member[]> {
    const sealed: Member[] = [];
    for (const [index, member] of members.entries()) {
      const personal = { ...personalOf(this.world.draws, household.number, first + index, member.birthYear) };
      sealed.push({ ...member, personal: await this.keyring.seal(member.personId, eventId, 'personal', personal) });
    }
    return sealed;
  }
}
