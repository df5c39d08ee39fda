import type {
  CHANNELS,
  CLOSING_REASONS,
  DWELLING_KINDS,
  FAMILY_ROLES,
  HOUSING_KINDS,
  IDENTITY_ITEMS,
  ImpedimentCode,
  INTEGRATION_STEPS,
  JUDGEMENTS,
  LEARNING_ROUTES,
  LINK_REVOCATION_REASONS,
  NORM_TERMS,
  OFFER_REFUSAL_REASONS,
  OFFER_WITHDRAWAL_REASONS,
  PARTIES,
  PERMIT_TYPES,
  PLACEMENT_CRITERIA,
  REMOVAL_REASONS,
  SUSPENSION_REASONS,
  VIEWING_OUTCOMES,
} from './cases.events.ts';

/** The same said in both languages. */
export interface Bilingual {
  readonly en: string;
  readonly nl: string;
}

export function said(en: string, nl: string): Bilingual {
  return { en, nl };
}

type Words<Codes extends readonly string[]> = Readonly<Record<Codes[number], Bilingual>>;

const OTHER = said('another reason', 'een andere reden');

export const ROLE_WORDS: Words<typeof FAMILY_ROLES> = {
  HOLDER: said('permit holder', 'vergunninghouder'),
  PARTNER: said('partner', 'partner'),
  CHILD: said('child', 'kind'),
  PARENT: said('parent', 'ouder'),
  SIBLING: said('brother or sister', 'broer of zus'),
  OTHER: said('other family member', 'ander familielid'),
};

export const PERMIT_WORDS: Words<typeof PERMIT_TYPES> = {
  ASYLUM_TEMPORARY: said('asylum permit for a fixed period', 'asielvergunning voor bepaalde tijd'),
  ASYLUM_INDEFINITE: said('asylum permit for an indefinite period', 'asielvergunning voor onbepaalde tijd'),
  FAMILY: said('family permit', 'gezinsvergunning'),
};

export const CHANNEL_WORDS: Words<typeof CHANNELS> = {
  ASYLUM: said('asylum', 'asiel'),
  FAMILY_REUNIFICATION: said('family reunification', 'nareis'),
  RELOCATION: said('relocation', 'herplaatsing'),
  RESETTLEMENT: said('resettlement', 'hervestiging'),
};

export const REMOVAL_WORDS: Words<typeof REMOVAL_REASONS> = {
  REGISTERED_IN_ERROR: said('registered in error', 'ten onrechte geregistreerd'),
  LEFT_HOUSEHOLD: said('left the household', 'uit het huishouden vertrokken'),
  OTHER,
};

export const ITEM_WORDS: Words<typeof IDENTITY_ITEMS> = {
  BRP_REGISTRATION: said('registered in the persons register', 'ingeschreven in de BRP'),
  CITIZEN_SERVICE_NUMBER: said('citizen service number present', 'BSN aanwezig'),
  RESIDENCE_CARD: said('residence card received', 'verblijfsdocument ontvangen'),
  BANK_ACCOUNT: said('bank account opened', 'bankrekening geopend'),
};

export const CRITERION_WORDS: Words<typeof PLACEMENT_CRITERIA> = {
  FIRST_DEGREE_FAMILY: said('first-degree family', 'eerstegraads familie'),
  FAMILY_REUNIFICATION: said('family reunification', 'gezinshereniging'),
  MEDICAL_TREATMENT: said('medical treatment', 'medische behandeling'),
  EMPLOYMENT_CONTRACT: said('employment contract', 'arbeidscontract'),
  STUDY: said('study', 'opleiding'),
  WORK_EXPERIENCE: said('work experience', 'werkervaring'),
  EDUCATION: said('education', 'onderwijs'),
  NETWORK: said('network', 'netwerk'),
  AMBITION: said('ambition', 'ambitie'),
};

export const REVOCATION_WORDS: Words<typeof LINK_REVOCATION_REASONS> = {
  CRITERION_WRONG: said('a placement criterion was wrong', 'een plaatsingscriterium klopte niet'),
  NO_SUITABLE_HOME: said('no suitable home', 'geen passende woning'),
  HOUSEHOLD_CHANGED: said('the household changed', 'het huishouden is veranderd'),
  MEDICAL: said('medical', 'medisch'),
  OTHER,
};

export const DWELLING_WORDS: Words<typeof DWELLING_KINDS> = {
  APARTMENT: said('apartment', 'appartement'),
  HOUSE: said('house', 'eengezinswoning'),
  STUDIO: said('studio', 'studio'),
  ROOM: said('room', 'kamer'),
  ADAPTED: said('adapted home', 'aangepaste woning'),
  OTHER: said('home', 'woning'),
};

export const WITHDRAWAL_WORDS: Words<typeof OFFER_WITHDRAWAL_REASONS> = {
  LANDLORD_WITHDREW: said('the landlord withdrew it', 'de verhuurder trok het in'),
  HOME_NOT_READY: said('the home is not ready', 'de woning is niet klaar'),
  HOUSEHOLD_CHANGED: said('the household changed', 'het huishouden is veranderd'),
  OTHER,
};

export const VIEWING_WORDS: Words<typeof VIEWING_OUTCOMES> = {
  HELD: said('The home was viewed.', 'De woning is bezichtigd.'),
  NO_SHOW: said('Nobody came to view the home.', 'Er is niemand gekomen om de woning te bezichtigen.'),
};

export const REFUSAL_WORDS: Words<typeof OFFER_REFUSAL_REASONS> = {
  DISTANCE_TO_FAMILY: said('distance to family', 'afstand tot familie'),
  DISTANCE_TO_WORK_OR_STUDY: said('distance to work or study', 'afstand tot werk of studie'),
  MEDICAL: said('medical', 'medisch'),
  TOO_SMALL: said('too small', 'te klein'),
  RENT_TOO_HIGH: said('rent too high', 'huur te hoog'),
  NEIGHBOURHOOD: said('the neighbourhood', 'de buurt'),
  STATE_OF_HOME: said('the state of the home', 'de staat van de woning'),
  OTHER,
};

export const JUDGEMENT_WORDS: Words<typeof JUDGEMENTS> = {
  JUSTIFIED: said(
    'The refusal was judged justified: a new offer follows.',
    'De weigering is terecht bevonden: er komt een nieuw aanbod.',
  ),
  UNJUSTIFIED: said(
    'The refusal was judged unjustified: reception ends.',
    'De weigering is onterecht bevonden: de opvang eindigt.',
  ),
};

export const HOUSING_WORDS: Words<typeof HOUSING_KINDS> = {
  REGULAR: said('a home of their own', 'een eigen woning'),
  TRANSIT_LOCATION: said('a transit location', 'een doorstroomlocatie'),
  HOST_STAY: said('a host stay', 'de logeerregeling'),
  SELF_CARE: said('accommodation of their own finding', 'zelf gevonden onderdak (zelfzorg)'),
  ACCELERATION_ARRANGEMENT: said('the acceleration arrangement', 'het versnellingsarrangement'),
  HOTEL_SCHEME: said('the hotel scheme', 'de hotelregeling'),
  NIDOS_PLACEMENT: said('a place found by Nidos', 'een plaats van Nidos'),
};

export const SUSPENSION_WORDS: Words<typeof SUSPENSION_REASONS> = {
  MEDICAL: said('medical', 'medisch'),
  FAMILY_DUE: said('family is due to arrive', 'familie wordt verwacht'),
  OTHER,
};

export const TERM_WORDS: Words<typeof NORM_TERMS> = {
  LINK: said('the term for the link', 'de termijn voor de koppeling'),
  HOME: said('the term for finding a home', 'de termijn voor het vinden van een woning'),
  MOVE: said('the term for moving in', 'de termijn voor de verhuizing'),
  WHOLE: said('the whole term', 'de hele termijn'),
};

export const INTEGRATION_WORDS: Words<typeof INTEGRATION_STEPS> = {
  SOCIAL_SUPPORT: said('social support started', 'maatschappelijke begeleiding gestart'),
  BROAD_INTAKE: said('broad intake held', 'brede intake gehouden'),
  INTEGRATION_PLAN: said('integration plan made', 'plan inburgering en participatie (PIP) vastgesteld'),
  LEARNING_ROUTE: said('learning route chosen', 'leerroute gekozen'),
  PARTICIPATION_STATEMENT: said('participation statement signed', 'participatieverklaring ondertekend'),
};

export const ROUTE_WORDS: Words<typeof LEARNING_ROUTES> = {
  B1: said('B1 route', 'B1-route'),
  EDUCATION: said('education route', 'onderwijsroute'),
  SELF_RELIANCE: said('self-reliance route', 'zelfredzaamheidsroute'),
};

export const CLOSING_WORDS: Words<typeof CLOSING_REASONS> = {
  HOUSED: said('housed', 'gehuisvest'),
  PERMIT_WITHDRAWN: said('permit withdrawn', 'vergunning ingetrokken'),
  DEPARTED: said('departed', 'vertrokken'),
  DECEASED: said('deceased', 'overleden'),
  MERGED: said('merged with another household', 'samengevoegd met een ander huishouden'),
  OUT_OF_SCOPE: said('outside this procedure', 'valt buiten deze procedure'),
  OTHER,
};

export const PARTY_WORDS: Words<typeof PARTIES> = {
  IND: said('the IND', 'de IND'),
  COA: said('COA', 'het COA'),
  MUNICIPALITY: said('the municipality', 'de gemeente'),
  HOUSING_ASSOCIATION: said('the housing association', 'de woningcorporatie'),
  SUPPORT_ORGANISATION: said('the support organisation', 'de begeleidende organisatie'),
  HOUSEHOLD: said('the household', 'het huishouden'),
  OTHER: said('another party', 'een andere partij'),
};

export const IMPEDIMENT_WORDS: Readonly<Record<ImpedimentCode, Bilingual>> = {
  NO_BSN: said('no citizen service number', 'geen BSN'),
  BRP_REGISTRATION_WAIT: said('waiting for the persons register', 'wachten op inschrijving in de BRP'),
  NO_RESIDENCE_CARD: said('no residence card', 'geen verblijfsdocument'),
  NO_BANK_ACCOUNT: said('no bank account', 'geen bankrekening'),
  MISSING_DOCUMENT: said('a document is missing', 'een document ontbreekt'),
  LINK_LATE: said('the link is late', 'de koppeling is laat'),
  LINK_SUPPLY_SHORT: said('too few links', 'te weinig koppelingen'),
  CRITERION_DISPUTE: said('dispute about a placement criterion', 'onenigheid over een plaatsingscriterium'),
  RELINK_PENDING: said('waiting for a new link', 'wachten op een nieuwe koppeling'),
  PROFILE_INCOMPLETE: said('the information profile is incomplete', 'het informatieprofiel is onvolledig'),
  REUNION_INFO_LATE: said('late word of family reunification', 'late informatie over gezinshereniging'),
  MEDICAL_NEED_UNKNOWN: said('medical need unknown', 'medische behoefte onbekend'),
  NO_WARM_HANDOVER: said('no warm handover', 'geen warme overdracht'),
  PRIVACY_UNCERTAINTY: said('uncertainty about privacy', 'onduidelijkheid over privacy'),
  AWAITING_FAMILY: said('waiting for family', 'wachten op familie'),
  FAMILY_ARRIVED_DURING_SEARCH: said('family arrived during the search', 'familie aangekomen tijdens het zoeken'),
  HOUSEHOLD_SPLIT: said('the household split', 'het huishouden is gesplitst'),
  MEDICAL_HOLD: said('held up for medical reasons', 'medisch beletsel'),
  MINOR_TURNING_18: said('a minor turns 18', 'een minderjarige wordt 18'),
  NO_SINGLE_HOME: said('no home for a single person', 'geen woning voor een alleenstaande'),
  NO_LARGE_FAMILY_HOME: said('no home for a large family', 'geen woning voor een groot gezin'),
  NO_ADAPTED_HOME: said('no adapted home', 'geen aangepaste woning'),
  RENT_TOO_HIGH: said('rent too high', 'huur te hoog'),
  LOW_TURNOVER: said('few homes become free', 'weinig doorstroming'),
  NEW_BUILD_DELAY: said('new homes are delayed', 'nieuwbouw loopt uit'),
  OFFER_REFUSED_REVIEW: said('a refusal is under review', 'een weigering wordt beoordeeld'),
  OFFER_REFUSED_UNJUSTIFIED: said('an offer was refused without good reason', 'een aanbod is onterecht geweigerd'),
  HOME_NOT_READY: said('the home is not ready', 'de woning is niet klaar'),
  CONTRACT_NOT_SIGNED: said('the contract is not signed', 'het contract is niet getekend'),
  VIEWING_NO_SHOW: said('nobody came to the viewing', 'niemand verscheen bij de bezichtiging'),
  OFFER_WITHDRAWN: said('the offer was withdrawn', 'het aanbod is ingetrokken'),
  BENEFIT_PENDING: said('benefit pending', 'uitkering nog niet toegekend'),
  ALLOWANCES_DELAY: said('allowances delayed', 'toeslagen laten op zich wachten'),
  DOUBLE_RENT: said('double rent', 'dubbele huur'),
  FURNISHING_CREDIT: said('credit for furnishing', 'inrichtingskrediet'),
  TRANSPORT: said('transport', 'vervoer'),
  FORECAST_VOLATILE: said('the forecast keeps changing', 'de prognose wisselt'),
  NO_ADMIN_SUPPORT: said('no political support', 'geen bestuurlijk draagvlak'),
  ASSOCIATION_AGREEMENT_MISSING: said(
    'no agreement with the housing association',
    'geen afspraken met de woningcorporatie',
  ),
  CAPACITY_STAFF: said('too few staff', 'te weinig personeel'),
};
