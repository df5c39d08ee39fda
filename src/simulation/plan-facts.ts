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

/**
 * The words and numbers of the facts: what they say, once the market has decided when and where. Properties stand
 * in order of their names, as they are stored: then nothing has to be put in order.
 */
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
        channel: this.household.channel,
        members: this.holders().map((nth) => this.member(nth, on)),
        occurredOn: dateOfEpochDay(on),
        permitType: joins ? 'FAMILY' : 'ASYLUM_TEMPORARY',
        receptionCentre: this.draws.pick(CENTRES, this.number, FOR.CENTRE),
        sponsorCaseId,
      },
    };
  }

  familyArrived(on: number): CaseFact {
    const members = this.family().map((nth) => this.member(nth, on));
    return {
      type: 'FollowingFamilyArrived',
      data: { members, occurredOn: dateOfEpochDay(on), sponsorPersonId: this.personId(0) },
    };
  }

  childBorn(on: number): CaseFact {
    return { type: 'ChildBorn', data: { member: this.member(CHILD, on), occurredOn: dateOfEpochDay(on) } };
  }

  profile(on: number, isSponsor: boolean): CaseFact {
    const { draws, number } = this;
    return {
      type: 'InformationProfileCompleted',
      data: {
        adaptedHomeNeeded: needsAdaptedHome(draws, this.household),
        education: draws.pick(EDUCATION, number, FOR.PROFILE, 1),
        languages: LANGUAGES[draws.below(LANGUAGES.length, number, FOR.ORIGIN)]!,
        note: null,
        occurredOn: dateOfEpochDay(on),
        pendingFamilyReunification: isSponsor,
        roomsNeeded: roomsFor(this.household.size),
        workExperience: null,
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
        criteria: [
          ...(hard ? [draws.pick(HARD, number, FOR.CRITERION_KIND, nth)] : []),
          ...(soft ? [draws.pick(SOFT, number, FOR.CRITERION_KIND, 10 + nth)] : []),
        ],
        municipality,
        occurredOn: dateOfEpochDay(on),
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
        address: null,
        answerBy: dateOfEpochDay(on + 14),
        availableFrom: dateOfEpochDay(on + draws.below(15, number, FOR.HOME, 20 + nth)),
        housingAssociation: `${municipality}-WS${1 + draws.below(3, number, FOR.HOME, 30 + nth)}`,
        kind: adapted ? 'ADAPTED' : kind,
        municipality,
        occurredOn: dateOfEpochDay(on),
        offerId: this.offerId(nth),
        rentCents: 38_000 + 5_500 * rooms + 100 * draws.below(90, number, FOR.HOME, 10 + nth),
        rooms,
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
      data: { housingKind: kind, municipality, occurredOn: dateOfEpochDay(on), offerId, personIds },
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
      birthYear: nth === CHILD ? year : minor ? year - 15 - (age % 3) : year - age,
      personId: this.personId(nth),
      personal: null,
      role: isFirst ? 'HOLDER' : isPartner ? 'PARTNER' : 'CHILD',
      ...(minor ? { unaccompaniedMinor: true } : {}),
    };
  }
}

function roomsFor(persons: number): number {
  return persons === 1 ? 1 : Math.min(6, 2 + (persons >> 1));
}
