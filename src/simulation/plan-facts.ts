import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { CaseFact, Member } from '../journey/cases.events.ts';
import type { Draws } from './draws.ts';
import { FOR, hasPartner, isMinor, needsAdaptedHome, type Household } from './household.ts';
import { PARAMETERS as P } from './parameters.ts';

/** Persons of a household by number: those with the permit from 0 on, family that followed from 20 on, the child born at 40. */
export const FAMILY = 20;
export const CHILD = 40;

const CENTRES = ['Ter Apel', 'Budel', 'Veenhuizen', 'Gilze', 'Dronten', 'Oisterwijk', 'Musselkanaal', 'Leersum'];
const LANGUAGES = [['ar'], ['ti'], ['fa'], ['ar', 'ku'], ['so'], ['ar', 'en'], ['am', 'ti'], ['prs']];
const EDUCATION = [null, 'PRIMARY', 'SECONDARY', 'VOCATIONAL', 'HIGHER'];
const HARD = [
  'FIRST_DEGREE_FAMILY',
  'FAMILY_REUNIFICATION',
  'MEDICAL_TREATMENT',
  'EMPLOYMENT_CONTRACT',
  'STUDY',
] as const;
const SOFT = ['NETWORK', 'WORK_EXPERIENCE', 'EDUCATION', 'AMBITION'] as const;

/** The words and numbers of the facts: what they say, once the market has decided when and where. */
export class FactWords {
  private readonly draws: Draws;
  private readonly household: Household;
  private readonly number: number;

  constructor(draws: Draws, household: Household) {
    this.draws = draws;
    this.household = household;
    this.number = household.number;
  }

  personId(nth: number): string {
    return this.draws.uuid(this.number, FOR.PERSON_ID, nth);
  }

  offerId(nth: number): string {
    return this.draws.uuid(this.number, FOR.OFFER_ID, nth);
  }

  holders(): readonly number[] {
    return Array.from({ length: this.household.size }, (_, nth) => nth);
  }

  family(): readonly number[] {
    return Array.from({ length: this.household.familySize }, (_, nth) => FAMILY + nth);
  }

  permit(on: number, sponsorCaseId: string | null): CaseFact {
    const joins = this.household.channel === 'FAMILY_REUNIFICATION';
    return {
      type: 'PermitGranted',
      data: {
        occurredOn: dateOfEpochDay(on),
        permitType: joins ? 'FAMILY' : 'ASYLUM_TEMPORARY',
        channel: this.household.channel,
        receptionCentre: this.draws.pick(CENTRES, this.number, FOR.CENTRE),
        sponsorCaseId,
        members: this.holders().map((nth) => this.member(nth, on)),
      },
    };
  }

  familyArrived(on: number): CaseFact {
    const members = this.family().map((nth) => this.member(nth, on));
    return {
      type: 'FollowingFamilyArrived',
      data: { occurredOn: dateOfEpochDay(on), members, sponsorPersonId: this.personId(0) },
    };
  }

  childBorn(on: number): CaseFact {
    return { type: 'ChildBorn', data: { occurredOn: dateOfEpochDay(on), member: this.member(CHILD, on) } };
  }

  profile(on: number, isSponsor: boolean): CaseFact {
    const { draws, number } = this;
    return {
      type: 'InformationProfileCompleted',
      data: {
        occurredOn: dateOfEpochDay(on),
        languages: LANGUAGES[draws.below(LANGUAGES.length, number, FOR.ORIGIN)]!,
        education: draws.pick(EDUCATION, number, FOR.PROFILE, 1),
        workExperience: null,
        pendingFamilyReunification: isSponsor,
        adaptedHomeNeeded: needsAdaptedHome(draws, this.household),
        roomsNeeded: roomsFor(this.household.size),
        note: null,
      },
    };
  }

  linked(on: number, municipality: string, nth: number): CaseFact {
    const { draws, number } = this;
    const hard = draws.chance(P.hardCriterion, number, FOR.CRITERION);
    const soft = draws.chance(P.softCriterion, number, FOR.CRITERION, 1);
    return {
      type: 'MunicipalityLinked',
      data: {
        occurredOn: dateOfEpochDay(on),
        municipality,
        criteria: [
          ...(hard ? [draws.pick(HARD, number, FOR.CRITERION_KIND, nth)] : []),
          ...(soft ? [draws.pick(SOFT, number, FOR.CRITERION_KIND, 10 + nth)] : []),
        ],
      },
    };
  }

  offered(on: number, municipality: string, nth: number): CaseFact {
    const { draws, number } = this;
    const persons = this.household.size + this.household.familySize;
    const rooms = roomsFor(persons);
    const adapted = needsAdaptedHome(draws, this.household);
    const kind =
      persons > 3 ? 'HOUSE' : persons > 1 || draws.chance(450, number, FOR.HOME, nth) ? 'APARTMENT' : 'STUDIO';
    return {
      type: 'HomeOffered',
      data: {
        occurredOn: dateOfEpochDay(on),
        offerId: this.offerId(nth),
        municipality,
        address: null,
        kind: adapted ? 'ADAPTED' : kind,
        rooms,
        rentCents: 38_000 + 5_500 * rooms + 100 * draws.below(90, number, FOR.HOME, 10 + nth),
        availableFrom: dateOfEpochDay(on + draws.below(15, number, FOR.HOME, 20 + nth)),
        answerBy: dateOfEpochDay(on + 14),
        housingAssociation: `${municipality}-WS${1 + draws.below(3, number, FOR.HOME, 30 + nth)}`,
      },
    };
  }

  moved(
    on: number,
    persons: readonly number[],
    kind: Extract<CaseFact, { type: 'MovedIn' }>['data']['housingKind'],
    municipality: string,
    offerId: string | null,
  ): CaseFact {
    const personIds = persons.map((nth) => this.personId(nth));
    return {
      type: 'MovedIn',
      data: { occurredOn: dateOfEpochDay(on), personIds, housingKind: kind, municipality, offerId },
    };
  }

  /** Who it is stays to be sealed. */
  private member(nth: number, on: number): Member {
    const { draws, number, household } = this;
    const isFirst = nth === 0;
    const isPartner =
      nth === 1 ? hasPartner(draws, household) : nth === FAMILY && draws.chance(800, number, FOR.ROLE, 1);
    const year = Number(dateOfEpochDay(on).slice(0, 4));
    const age =
      isFirst || isPartner
        ? 19 + draws.below(38, number, FOR.BIRTH_YEAR, nth)
        : draws.below(18, number, FOR.BIRTH_YEAR, nth);
    const minor = isFirst && isMinor(draws, household);
    return {
      personId: this.personId(nth),
      role: isFirst ? 'HOLDER' : isPartner ? 'PARTNER' : 'CHILD',
      birthYear: nth === CHILD ? year : minor ? year - 15 - (age % 3) : year - age,
      ...(minor ? { unaccompaniedMinor: true } : {}),
      personal: null,
    };
  }
}

function roomsFor(persons: number): number {
  return persons === 1 ? 1 : Math.min(6, 2 + (persons >> 1));
}
