import { dateOfEpochDay } from '../event-sourcing/days.ts';
import type { Address, Personal } from '../privacy/sealed.ts';
import type { Draws } from './draws.ts';
import { FOR } from './household.ts';
import { FAMILY } from './plan-facts.ts';

/** Made of parts that go together by chance: whoever bears such a name is not meant. */
const FAMILY_NAMES = [
  ['Al-Hassan', 'Haddad', 'Khalil', 'Darwish', 'Nasser', 'Mansour', 'Sabbagh', 'Qassem', 'Ibrahim', 'Al-Masri'],
  ['Tesfay', 'Ghebremedhin', 'Haile', 'Kidane', 'Berhane', 'Woldu', 'Mehari', 'Negash', 'Tekle', 'Asmerom'],
  ['Rahimi', 'Karimi', 'Ahmadi', 'Hosseini', 'Noori', 'Safi', 'Moradi', 'Azizi', 'Sharifi', 'Popal'],
  ['Yılmaz', 'Osman', 'Hussein', 'Warsame', 'Abdi', 'Jama', 'Barzani', 'Rashid', 'Saleh', 'Omar'],
];
const GIVEN_NAMES = [
  ['Amal', 'Samir', 'Noor', 'Layla', 'Omar', 'Rami', 'Hala', 'Yousef', 'Dima', 'Karim', 'Lina', 'Fadi'],
  ['Yonas', 'Dawit', 'Selam', 'Filmon', 'Senait', 'Abel', 'Luwam', 'Robel', 'Helen', 'Merhawi', 'Rahel', 'Samuel'],
  ['Zahra', 'Reza', 'Farid', 'Maryam', 'Navid', 'Shirin', 'Hamid', 'Laleh', 'Idris', 'Parisa', 'Arash', 'Mina'],
  ['Leyla', 'Fatima', 'Ayaan', 'Rojin', 'Mustafa', 'Hodan', 'Azad', 'Sahra', 'Ismail', 'Jiyan', 'Bilal', 'Nadia'],
];
const STREETS = [
  'Dorpsstraat',
  'Kerkstraat',
  'Molenweg',
  'Julianalaan',
  'Beatrixstraat',
  'Lindelaan',
  'Stationsweg',
  'Parklaan',
];

/** Who a person is. @param nth number of the person in the household */
export function personalOf(draws: Draws, household: number, nth: number, birthYear: number): Personal {
  const origin = draws.below(GIVEN_NAMES.length, household, FOR.ORIGIN, 1);
  const family = draws.pick(FAMILY_NAMES[origin]!, household, FOR.NAME, nth >= FAMILY ? 90 : 91);
  const given = draws.pick(GIVEN_NAMES[origin]!, household, FOR.NAME, nth);
  const newYear = Date.UTC(birthYear, 0, 1) / 86_400_000;
  return {
    name: `${given} ${family}`,
    alienNumber: String(2_000_000_000 + ((household * 64 + nth) % 900_000_000)),
    birthDate: dateOfEpochDay(newYear + draws.below(365, household, FOR.BIRTH_YEAR, 100 + nth)),
  };
}

/** Where a home stands. */
export function addressOf(draws: Draws, household: number, nthOffer: number, city: string): Address {
  const at = (purpose: number) => 10 * purpose + nthOffer;
  const letters = 'ABCDEFGHJKLMNPRSTVWXZ';
  const letter = (which: number) => letters[draws.below(letters.length, household, FOR.STREET, at(which))]!;
  return {
    street: draws.pick(STREETS, household, FOR.STREET, at(1)),
    houseNumber: String(1 + draws.below(180, household, FOR.STREET, at(2))),
    postalCode: `${1_000 + draws.below(9_000, household, FOR.STREET, at(3))} ${letter(4)}${letter(5)}`,
    city,
  };
}
