import type { ImpedimentCode, NormTerm, Party } from '../journey/cases.events.ts';

/**
 * Every number of the model. docs/simulation.md says of each where it comes from; what is not named there as published is
 * assumed. Deciles: eleven whole numbers, smallest to largest. Months: persons, for the whole country; a month after the last
 * one is like the last.
 */
export type Deciles = readonly [number, number, number, number, number, number, number, number, number, number, number];
type Months = Readonly<Record<string, number>>;

export const PARAMETERS = {
  /** Days before the first one during which the market already runs, so that offers are under way when it begins. */
  warmUpDays: 62,
  /** Persons who wait when the warm-up begins, and how many days ago they got their permits. */
  openingStockPersons: 14_050,
  openingStockAgeDays: [1, 14, 30, 48, 68, 92, 122, 160, 206, 270, 420] as Deciles,

  /** Persons with a new permit who come to be linked: following family has a table of its own. */
  permits: {
    '2015-11': 2_250,
    '2015-12': 2_250,
    '2016-01': 1_950,
    '2016-02': 2_050,
    '2016-03': 2_100,
    '2016-04': 2_150,
    '2016-05': 2_300,
    '2016-06': 2_400,
    '2016-07': 2_500,
    '2016-08': 2_500,
    '2016-09': 2_300,
    '2016-10': 2_050,
    '2016-11': 1_900,
    '2016-12': 1_700,
    '2017-01': 1_600,
    '2017-02': 1_550,
  } as Months,
  /** Persons of following families who arrive. */
  followingFamily: {
    '2015-12': 0,
    '2016-01': 520,
    '2016-02': 540,
    '2016-03': 580,
    '2016-04': 620,
    '2016-05': 680,
    '2016-06': 740,
    '2016-07': 800,
    '2016-08': 900,
    '2016-09': 1_150,
    '2016-10': 1_450,
    '2016-11': 1_650,
    '2016-12': 1_600,
    '2017-01': 1_350,
    '2017-02': 1_300,
  } as Months,
  /** Persons for whom homes are found. */
  homesFound: {
    '2015-11': 2_250,
    '2015-12': 2_300,
    '2016-01': 2_300,
    '2016-02': 2_350,
    '2016-03': 2_450,
    '2016-04': 2_500,
    '2016-05': 2_530,
    '2016-06': 2_530,
    '2016-07': 2_540,
    '2016-08': 2_680,
    '2016-09': 3_020,
    '2016-10': 3_420,
    '2016-11': 3_500,
    '2016-12': 2_250,
    '2017-01': 2_100,
    '2017-02': 2_100,
  } as Months,

  /** Of a thousand households with a new permit: asylum, relocation, resettlement. */
  channels: [935, 38, 27],
  /** Persons in a household, of a thousand: 1, 2, … 8. */
  householdSizes: [667, 105, 75, 65, 44, 24, 12, 8],
  followingFamilySizes: [220, 220, 220, 170, 100, 70],
  /** Of a thousand families that arrive for a sponsor who has a home, so many have a case of their own. */
  familyWithOwnCase: 300,
  /** Of a thousand households without a second adult, so many wait for a family. */
  sponsors: 520,
  /** Of a thousand families, so many come in a month though the sponsor has no home yet. */
  familyBeforeHome: 60,
  /** Days from the permit before a family can arrive. */
  familyReadyDays: [70, 100, 125, 150, 175, 200, 225, 255, 295, 350, 500] as Deciles,
  unaccompaniedMinors: 18,

  /** Days from the permit until COA can link. */
  linkReadyDays: [1, 5, 8, 10, 12, 14, 17, 20, 25, 34, 75] as Deciles,
  linkReadyDaysResettled: [0, 0, 1, 1, 2, 2, 3, 4, 5, 7, 14] as Deciles,
  profileAfterDays: [2, 4, 5, 6, 7, 8, 9, 11, 13, 17, 30] as Deciles,
  /** Of a thousand households, so many are linked for a reason that decides where. */
  hardCriterion: 240,
  softCriterion: 420,
  /** Days from the link until the household can be offered something. */
  searchReadyDays: [2, 4, 6, 8, 10, 12, 15, 19, 25, 35, 60] as Deciles,
  /** How well a municipality finds homes, in per cent of its share. */
  municipalityPace: [45, 65, 78, 87, 94, 100, 106, 113, 122, 136, 165] as Deciles,
  /** Days by which a household comes earlier or later in its turn than its link says. */
  turnDays: [-150, -80, -48, -27, -12, 0, 13, 30, 54, 90, 170] as Deciles,
  /** The same by size of the household: 1, 2, … 8. */
  turnDaysBySize: [12, -16, -20, -14, 4, 22, 50, 70],
  turnDaysAdapted: 60,
  turnDaysResettled: -120,
  adaptedHome: 15,

  suspended: 30,
  suspendedAfterDays: [1, 4, 7, 11, 15, 20, 26, 33, 42, 55, 80] as Deciles,
  suspendedForDays: [10, 18, 25, 31, 38, 46, 56, 70, 90, 120, 190] as Deciles,
  linkRevoked: 38,
  linkRevokedAfterDays: [5, 12, 19, 27, 36, 46, 58, 72, 90, 115, 170] as Deciles,
  relinkedAfterDays: [0, 2, 4, 6, 8, 10, 13, 17, 22, 30, 50] as Deciles,
  transferAgreed: 9,
  /** Permit withdrawn, departed, deceased: of a thousand households that have not been offered a home by then. */
  leaving: 26,
  leavingHow: [300, 660, 40],
  leavingAfterDays: [20, 50, 80, 110, 140, 170, 200, 240, 290, 360, 500] as Deciles,
  transit: 30,
  transitAfterDays: [20, 30, 38, 46, 55, 65, 76, 90, 108, 135, 200] as Deciles,
  hostStay: 28,
  hostStayAfterDays: [14, 22, 30, 39, 49, 60, 73, 90, 112, 145, 240] as Deciles,
  /** Host stay, self-care, acceleration arrangement, hotel scheme. */
  hostStayKinds: [640, 130, 170, 60],
  birth: 110,
  birthAfterDays: [5, 30, 55, 80, 110, 140, 170, 205, 245, 290, 360] as Deciles,

  offerWithdrawn: 32,
  offerWithdrawnAfterDays: [1, 2, 4, 5, 7, 8, 10, 13, 16, 21, 30] as Deciles,
  offerRefused: 40,
  /** Of a thousand refusals, so many are taken back before they are judged. */
  refusalTakenBack: 260,
  refusalJudgedAfterDays: [3, 6, 8, 10, 12, 14, 16, 18, 21, 26, 40] as Deciles,
  refusalJustified: 96,
  answerAfterDays: [0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 14] as Deciles,
  signedAfterDays: [0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 25] as Deciles,
  tenancyStartsAfterDays: [0, 0, 1, 2, 3, 4, 6, 8, 11, 16, 40] as Deciles,
  movedAfterDays: [0, 2, 4, 6, 8, 10, 12, 14, 17, 22, 45] as Deciles,
  familyMovedAfterDays: [0, 0, 0, 1, 1, 2, 3, 4, 6, 9, 21] as Deciles,
  minorPlacedAfterDays: [10, 18, 25, 31, 38, 46, 56, 70, 90, 120, 190] as Deciles,
  closedAfterDays: [21, 35, 48, 60, 72, 84, 96, 110, 126, 150, 200] as Deciles,
  closed: 720,

  /** Working days from what happened until it is told; it is recorded when the file is at hand, every other day. */
  recordedAfterDays: [0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 5] as Deciles,
  /** Of a thousand facts, so many are recorded late, and by how many working days. */
  recordedLate: 35,
  moveRecordedLate: 90,
  recordedLateDays: [5, 6, 7, 8, 9, 11, 13, 15, 18, 24, 45] as Deciles,

  moveCorrected: 18,
  moveCorrectedByDays: [1, 1, 2, 3, 4, 5, 6, 7, 9, 12, 25] as Deciles,
  correctedAfterDays: [2, 4, 6, 8, 10, 13, 16, 20, 26, 36, 70] as Deciles,
  impedimentRetracted: 12,
  impedimentResolved: 880,
  viewing: 520,
  viewingNoShow: 40,
  note: 60,
  profileAccepted: 620,
  assigned: 900,
  identityItems: [180, 420, 330, 130],
  integrationSteps: [860, 560, 420, 240, 180],
  integrationStepDays: [
    [2, 5, 7, 9, 11, 14, 17, 21, 27, 36, 70],
    [14, 24, 32, 40, 48, 56, 65, 76, 92, 118, 190],
    [30, 44, 56, 67, 78, 90, 104, 120, 142, 178, 280],
    [35, 52, 66, 80, 94, 108, 124, 144, 170, 210, 320],
    [60, 90, 115, 138, 160, 182, 206, 232, 264, 310, 420],
  ] as readonly Deciles[],
} as const;

/** What holds a case up in a phase, and how often. */
export interface ImpedimentPattern {
  readonly code: ImpedimentCode;
  readonly owner: Party;
  readonly term: NormTerm;
  readonly phase: ImpedimentPhase;
  readonly perMille: number;
  /** From the beginning of the phase; only if the phase has not ended by then. */
  readonly afterDays: number;
  /** The longest it lasts; it ends with its phase. */
  readonly lastsDays: number;
  readonly sizes?: readonly [number, number];
  readonly only?: 'ADAPTED' | 'SPONSOR';
}
/** Permit to first link; link to home found; accepted to signed; signed to moved; after the move. */
export type ImpedimentPhase = 'LINKING' | 'SEARCH' | 'SIGNING' | 'MOVING' | 'SETTLING';

export const IMPEDIMENT_PATTERNS: readonly ImpedimentPattern[] = [
  pattern('NO_BSN', 'MUNICIPALITY', 'LINK', 'LINKING', 60, 5, 40),
  pattern('BRP_REGISTRATION_WAIT', 'MUNICIPALITY', 'LINK', 'LINKING', 70, 6, 35),
  pattern('NO_RESIDENCE_CARD', 'IND', 'LINK', 'LINKING', 30, 8, 45),
  pattern('PROFILE_INCOMPLETE', 'COA', 'LINK', 'LINKING', 50, 7, 25),
  pattern('LINK_LATE', 'COA', 'LINK', 'LINKING', 300, 15, 120),
  pattern('CRITERION_DISPUTE', 'COA', 'LINK', 'LINKING', 15, 10, 40),
  pattern('REUNION_INFO_LATE', 'IND', 'HOME', 'SEARCH', 60, 12, 60, { only: 'SPONSOR' }),
  pattern('AWAITING_FAMILY', 'IND', 'HOME', 'SEARCH', 90, 20, 150, { only: 'SPONSOR' }),
  pattern('MEDICAL_NEED_UNKNOWN', 'COA', 'HOME', 'SEARCH', 12, 10, 45),
  pattern('NO_WARM_HANDOVER', 'COA', 'HOME', 'SEARCH', 35, 8, 30),
  pattern('PRIVACY_UNCERTAINTY', 'COA', 'HOME', 'SEARCH', 8, 9, 30),
  pattern('MISSING_DOCUMENT', 'HOUSEHOLD', 'HOME', 'SEARCH', 20, 18, 30),
  pattern('NO_SINGLE_HOME', 'HOUSING_ASSOCIATION', 'HOME', 'SEARCH', 260, 55, 300, { sizes: [1, 1] }),
  pattern('NO_LARGE_FAMILY_HOME', 'HOUSING_ASSOCIATION', 'HOME', 'SEARCH', 600, 35, 300, { sizes: [7, 99] }),
  pattern('NO_ADAPTED_HOME', 'HOUSING_ASSOCIATION', 'HOME', 'SEARCH', 700, 30, 300, { only: 'ADAPTED' }),
  pattern('LOW_TURNOVER', 'HOUSING_ASSOCIATION', 'HOME', 'SEARCH', 110, 70, 240),
  pattern('RENT_TOO_HIGH', 'HOUSING_ASSOCIATION', 'HOME', 'SEARCH', 30, 45, 100),
  pattern('NEW_BUILD_DELAY', 'MUNICIPALITY', 'HOME', 'SEARCH', 25, 80, 200),
  pattern('CAPACITY_STAFF', 'MUNICIPALITY', 'HOME', 'SEARCH', 40, 25, 80),
  pattern('ASSOCIATION_AGREEMENT_MISSING', 'MUNICIPALITY', 'HOME', 'SEARCH', 14, 30, 150),
  pattern('NO_ADMIN_SUPPORT', 'MUNICIPALITY', 'HOME', 'SEARCH', 6, 50, 150),
  pattern('FORECAST_VOLATILE', 'MUNICIPALITY', 'HOME', 'SEARCH', 6, 60, 120),
  pattern('MINOR_TURNING_18', 'COA', 'HOME', 'SEARCH', 4, 30, 60),
  pattern('HOME_NOT_READY', 'HOUSING_ASSOCIATION', 'MOVE', 'SIGNING', 60, 3, 40),
  pattern('NO_BANK_ACCOUNT', 'HOUSEHOLD', 'MOVE', 'SIGNING', 70, 1, 20),
  pattern('CONTRACT_NOT_SIGNED', 'HOUSING_ASSOCIATION', 'MOVE', 'SIGNING', 40, 6, 25),
  pattern('FURNISHING_CREDIT', 'MUNICIPALITY', 'MOVE', 'MOVING', 90, 3, 30),
  pattern('BENEFIT_PENDING', 'MUNICIPALITY', 'MOVE', 'MOVING', 50, 4, 30),
  pattern('DOUBLE_RENT', 'MUNICIPALITY', 'MOVE', 'MOVING', 20, 8, 30),
  pattern('TRANSPORT', 'COA', 'MOVE', 'MOVING', 12, 6, 15),
  pattern('ALLOWANCES_DELAY', 'OTHER', 'MOVE', 'SETTLING', 70, 7, 56),
];

function pattern(
  code: ImpedimentCode,
  owner: Party,
  term: NormTerm,
  phase: ImpedimentPhase,
  perMille: number,
  afterDays: number,
  lastsDays: number,
  when: Pick<ImpedimentPattern, 'sizes' | 'only'> = {},
): ImpedimentPattern {
  return { code, owner, term, phase, perMille, afterDays, lastsDays, ...when };
}
