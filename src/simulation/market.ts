import { isDutchWorkingDay } from '../calendar/dutch-working-days.ts';
import type { Draws } from './draws.ts';
import {
  birthOn,
  courseOf,
  FOR,
  isMinor,
  isSponsor,
  linkReadyOn,
  newHousehold,
  placeOf,
  searchReadyOn,
  turnOf,
  type Household,
} from './household.ts';
import { PARAMETERS as P } from './parameters.ts';
import type { Place } from './places.ts';
import { monthOf, workingDayFrom, workingDaysInMonth } from './working-days.ts';

type Appointment =
  'LINK' | 'SEARCH' | 'REVOKE' | 'TRANSFER' | 'LEAVE' | 'TRANSIT' | 'HOST' | 'OFFER_ENDS' | 'HOUSED' | 'FAMILY_READY';

interface Waiting {
  readonly turn: number;
  readonly ticket: number;
  readonly household: Household;
}

/** A municipality at work. */
interface Desk {
  readonly place: Place;
  /** In order of their turns; whose ticket is another by now has left. */
  queue: Waiting[];
  /** Persons for whom homes were found and not yet offered; below zero after a large household. */
  homes: number;
  linkedPersons: number;
  /** Of all inhabitants, and of all homes that are found; 0 while the municipality does not exist. */
  share: number;
  rate: number;
  readonly pace: number;
}

/**
 * Supply and demand, day by day: permits come in, COA links, municipalities find homes and offer them in turn, families arrive.
 * It decides when and where; what is recorded of it follows in `journey-plan`.
 */
export class Market {
  /** All who have a permit and no home yet. */
  readonly waiting = new Set<Household>();
  households = 0;

  private readonly draws: Draws;
  private readonly scale: number;
  private readonly desks: readonly Desk[];
  private readonly agenda = new Map<number, [Appointment, Household, number][]>();
  private sponsors: Household[] = [];
  private sponsorsDone = 0;
  private linkedPersons = 0;
  private permitsDue = 0;
  private familyDue = 0;
  private pool = 0;
  private inhabitants = 0;
  private touched: Household[] = [];
  private today: number;

  /** @param start the first day of the warm-up */
  constructor(draws: Draws, places: readonly Place[], scale: number, start: number) {
    this.draws = draws;
    this.scale = scale;
    this.today = start - 1;
    this.desks = places.map((place, index) => {
      const unit = draws.below(1_000, index, FOR.PLACE_START) / 1_000;
      return {
        place,
        queue: [],
        homes: 2 * unit - 1,
        linkedPersons: 0,
        share: 0,
        rate: 0,
        pace: draws.spread(P.municipalityPace, index, FOR.PACE),
      };
    });
    this.divide(start);
    this.openWith(P.openingStockPersons * scale, start);
  }

  /** Everything that happens on a day; answers whom it touched, some of them twice. Days come one after the other. */
  advance(day: number): readonly Household[] {
    this.today = day;
    this.touched = [];
    this.reorganise(day);
    const due = this.agenda.get(day) ?? [];
    this.agenda.delete(day);
    for (const [appointment, household, ticket] of due) this.keep(appointment, household, ticket, day);
    if (isDutchWorkingDay(day)) {
      this.grantPermits(day);
      this.offerHomes(day);
      this.bringFamilies(day);
    }
    return this.touched;
  }

  private openWith(persons: number, start: number): void {
    const { draws } = this;
    const linked: Household[] = [];
    for (let come = 0; come < persons;) {
      const household = this.admit(start - draws.spread(P.openingStockAgeDays, this.households, FOR.STOCK_AGE));
      come += household.size;
      if (linkReadyOn(draws, household) < start && !isMinor(draws, household)) linked.push(household);
    }
    linked.sort((a, b) => linkReadyOn(draws, a) - linkReadyOn(draws, b) || a.number - b.number);
    for (const household of linked) this.link(household, workingDayFrom(linkReadyOn(draws, household)));
  }

  private grantPermits(day: number): void {
    this.permitsDue += (monthly(P.permits, day) * this.scale) / workingDaysInMonth(day);
    while (this.permitsDue >= 1) this.permitsDue -= this.admit(day).size;
  }

  private admit(permitOn: number): Household {
    const household = newHousehold(this.draws, this.households++, permitOn);
    const { number } = household;
    this.touched.push(household);
    if (isMinor(this.draws, household)) return household;
    this.waiting.add(household);
    const { draws } = this;
    this.meet('LINK', household, linkReadyOn(draws, household));
    if (isSponsor(draws, household)) {
      this.meet('FAMILY_READY', household, permitOn + draws.spread(P.familyReadyDays, number, FOR.FAMILY_READY));
    }
    const may = (perMille: number, whether: number, deciles: readonly number[], when: number, what: Appointment) => {
      if (!draws.chance(perMille, number, whether)) return;
      const on = permitOn + draws.spread(deciles, number, when);
      if (on > this.today) this.meet(what, household, on);
    };
    may(P.leaving, FOR.LEAVING, P.leavingAfterDays, FOR.LEAVING_AFTER, 'LEAVE');
    may(P.hostStay, FOR.HOST, P.hostStayAfterDays, FOR.HOST_AFTER, 'HOST');
    return household;
  }

  /** An appointment on the first working day from then on, tomorrow at the earliest. */
  private meet(what: Appointment, household: Household, on: number): void {
    const day = workingDayFrom(Math.max(on, this.today + 1));
    const others = this.agenda.get(day);
    const one: [Appointment, Household, number] = [what, household, household.ticket];
    if (others === undefined) this.agenda.set(day, [one]);
    else others.push(one);
  }

  private keep(what: Appointment, household: Household, ticket: number, day: number): void {
    const { draws } = this;
    const isWaiting = household.phase === 'WAITING';
    const isLinked = isWaiting && household.links.length > 0 && household.links.at(-1)!.revokedOn === 0;
    switch (what) {
      case 'LINK':
        if (isWaiting && !isLinked) this.link(household, day);
        return;
      case 'SEARCH':
        if (isLinked && household.ticket === ticket) this.queueUp(household);
        return;
      case 'REVOKE':
        if (!isLinked || household.links.length > 1 || household.transitOn === day) return;
        household.links.at(-1)!.revokedOn = day;
        household.ticket++;
        this.meet('LINK', household, day + draws.spread(P.relinkedAfterDays, household.number, FOR.RELINKED));
        break;
      case 'TRANSFER':
        if (!isLinked || household.links.length > 1) return;
        this.transfer(household, day);
        break;
      case 'LEAVE':
        if (!isWaiting) return;
        household.leftOn = day;
        this.leave(household, 'GONE');
        break;
      case 'TRANSIT':
        if (!isLinked || household.hostOn > 0) return;
        household.transitOn = day;
        break;
      case 'HOST':
        if (!isWaiting || household.transitOn > 0) return;
        household.hostOn = day;
        break;
      case 'OFFER_ENDS':
        household.phase = 'WAITING';
        this.queueUp(household);
        return;
      case 'HOUSED':
        this.leave(household, 'HOUSED');
        return;
      case 'FAMILY_READY':
        if (household.phase === 'GONE') return;
        if (household.phase === 'HOUSED' || draws.chance(P.familyBeforeHome, household.number, FOR.FAMILY_READY, day)) {
          this.sponsors.push(household);
        } else {
          this.meet('FAMILY_READY', household, day + 30);
        }
        return;
    }
    this.touched.push(household);
  }

  private link(household: Household, day: number): void {
    const { draws } = this;
    const { number, size } = household;
    const place = draws.chance(P.hardCriterion, number, FOR.CRITERION)
      ? this.somewhere(number, FOR.PLACE, household.links.length)
      : this.mostInNeed();
    household.links = [...household.links, { on: day, place, revokedOn: 0, transferredOn: 0, transferredTo: 0 }];
    this.desks[place]!.linkedPersons += size;
    this.linkedPersons += size;
    this.touched.push(household);
    this.meet('SEARCH', household, searchReadyOn(draws, household));
    if (household.links.length > 1) return;
    if (draws.chance(P.linkRevoked, number, FOR.REVOKED)) {
      this.meet('REVOKE', household, day + draws.spread(P.linkRevokedAfterDays, number, FOR.REVOKED_AFTER));
    } else if (draws.chance(P.transferAgreed, number, FOR.TRANSFER)) {
      this.meet('TRANSFER', household, day + draws.spread(P.linkRevokedAfterDays, number, FOR.REVOKED_AFTER));
    }
    if (draws.chance(P.transit, number, FOR.TRANSIT)) {
      this.meet('TRANSIT', household, day + draws.spread(P.transitAfterDays, number, FOR.TRANSIT_AFTER));
    }
  }

  private transfer(household: Household, day: number): void {
    const to = this.somewhere(household.number, FOR.TRANSFER, 1);
    const last = household.links.at(-1)!;
    if (to === last.place) return;
    last.transferredOn = day;
    last.transferredTo = to;
    if (household.ticket > 0) this.queueUp(household);
  }

  private leave(household: Household, phase: 'HOUSED' | 'GONE'): void {
    household.phase = phase;
    household.ticket++;
    this.waiting.delete(household);
  }

  private queueUp(household: Household): void {
    const { queue } = this.desks[this.nowOf(placeOf(household))]!;
    const one: Waiting = { turn: turnOf(this.draws, household), ticket: ++household.ticket, household };
    let [low, high] = [0, queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (queue[middle]!.turn <= one.turn) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, one);
  }

  /** Each municipality offers what it found; where nobody waits, what was found is used elsewhere. */
  private offerHomes(day: number): void {
    const found = (monthly(P.homesFound, day) * this.scale) / workingDaysInMonth(day);
    for (const desk of this.desks) {
      if (desk.share === 0) continue;
      desk.homes += found * desk.rate;
      while (desk.homes >= 1) {
        const size = this.offerNext(desk, day);
        if (size === 0) {
          const spare = Math.floor(desk.homes);
          this.pool += spare;
          desk.homes -= spare;
          break;
        }
        desk.homes -= size;
      }
    }
    for (let nth = 0; this.pool >= 1 && nth < 20_000; nth++) {
      this.pool -= this.offerNext(this.desks[this.somewhere(day, FOR.PLACE_START, nth)]!, day);
    }
  }

  /** Persons in the household that got the offer; 0 if nobody waits. */
  private offerNext({ queue }: Desk, day: number): number {
    while (queue.length > 0) {
      const { household, ticket } = queue.shift()!;
      if (household.ticket !== ticket) continue;
      const nth = household.offers.length;
      household.offers = [...household.offers, day];
      household.phase = 'OFFERED';
      household.ticket++;
      this.touched.push(household);
      const course = courseOf(this.draws, household, nth);
      switch (course.fate) {
        case 'WITHDRAWN':
          this.meet('OFFER_ENDS', household, course.withdrawnOn + 1);
          break;
        case 'JUSTIFIED':
          this.meet('OFFER_ENDS', household, course.judgedOn + 1);
          break;
        case 'UNJUSTIFIED':
          this.leave(household, 'GONE');
          break;
        case 'MOVED':
          this.meet('HOUSED', household, course.movedOn);
          break;
      }
      return household.size + household.familySize + (isBorn(this.draws, household, day) ? 1 : 0);
    }
    return 0;
  }

  private bringFamilies(day: number): void {
    this.familyDue += (monthly(P.followingFamily, day) * this.scale) / workingDaysInMonth(day);
    while (this.familyDue >= 1) {
      const sponsor = this.sponsors[this.sponsorsDone];
      if (sponsor === undefined) return;
      this.sponsorsDone++;
      if (this.sponsorsDone > 10_000) {
        this.sponsors = this.sponsors.slice(this.sponsorsDone);
        this.sponsorsDone = 0;
      }
      if (sponsor.phase === 'GONE') continue;
      const { number } = sponsor;
      const size = 1 + this.draws.choose(P.followingFamilySizes, number, FOR.FAMILY_SIZE);
      this.familyDue -= size;
      sponsor.familyOn = day;
      this.touched.push(sponsor);
      if (sponsor.phase !== 'HOUSED' || !this.draws.chance(P.familyWithOwnCase, number, FOR.FAMILY_OWN_CASE)) {
        sponsor.familySize = size;
      } else {
        const joining = { size, sponsor: number, place: placeOf(sponsor) };
        this.touched.push(newHousehold(this.draws, this.households++, day, joining));
      }
    }
  }

  /** The municipality that has been linked the least, measured by its share. */
  private mostInNeed(): number {
    let most = 0;
    let need = -Infinity;
    for (let index = 0; index < this.desks.length; index++) {
      const { share, linkedPersons } = this.desks[index]!;
      if (share === 0) continue;
      const own = share * this.linkedPersons - linkedPersons;
      if (own > need) [most, need] = [index, own];
    }
    return most;
  }

  /** A municipality by chance, a large one more often. */
  private somewhere(subject: number, purpose: number, nth: number): number {
    let left = (this.draws.bits(subject, purpose, nth) / 4_294_967_296) * this.inhabitants;
    for (let index = 0; index < this.desks.length; index++) {
      const { share, place } = this.desks[index]!;
      if (share === 0) continue;
      left -= place.inhabitants;
      if (left < 0) return index;
    }
    return this.mostInNeed();
  }

  private divide(day: number): void {
    const active = this.desks.filter(({ place }) => place.from <= day && day < place.until);
    this.inhabitants = active.reduce((sum, { place }) => sum + place.inhabitants, 0);
    const paced = active.reduce((sum, { place, pace }) => sum + place.inhabitants * pace, 0);
    for (const desk of this.desks) {
      const exists = active.includes(desk);
      desk.share = exists ? desk.place.inhabitants / this.inhabitants : 0;
      desk.rate = exists ? (desk.place.inhabitants * desk.pace) / paced : 0;
    }
  }

  /** Who waits in a municipality that has ceased to be waits in its successor. */
  private reorganise(day: number): void {
    if (!this.desks.some(({ place }) => place.from === day)) return;
    this.divide(day);
    for (const desk of this.desks) {
      if (desk.place.until !== day) continue;
      const successor = this.desks[desk.place.successor]!;
      successor.linkedPersons += desk.linkedPersons;
      successor.homes += desk.homes;
      const moving = desk.queue;
      desk.queue = [];
      for (const { household, ticket } of moving) if (household.ticket === ticket) this.queueUp(household);
    }
  }

  /** The municipality that does the work of another now. */
  private nowOf(index: number): number {
    const { place, share } = this.desks[index]!;
    return share === 0 && place.successor >= 0 ? place.successor : index;
  }
}

function isBorn(draws: Draws, household: Household, day: number): boolean {
  const born = birthOn(draws, household);
  return born > 0 && born <= day;
}

/** Of a table by month, for the month of a day; outside the table, its nearest end. */
function monthly(table: Readonly<Record<string, number>>, day: number): number {
  const month = monthOf(day);
  const exact = table[month];
  if (exact !== undefined) return exact;
  const months = Object.keys(table);
  return month < months[0]! ? table[months[0]!]! : table[months.at(-1)!]!;
}
