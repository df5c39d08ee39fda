import {
  CHANNEL_WORDS,
  CLOSING_WORDS,
  CRITERION_WORDS,
  DWELLING_WORDS,
  HOUSING_WORDS,
  IMPEDIMENT_WORDS,
  INTEGRATION_WORDS,
  ITEM_WORDS,
  JUDGEMENT_WORDS,
  PARTY_WORDS,
  PERMIT_WORDS,
  REFUSAL_WORDS,
  REMOVAL_WORDS,
  REVOCATION_WORDS,
  ROLE_WORDS,
  ROUTE_WORDS,
  said,
  SUSPENSION_WORDS,
  TERM_WORDS,
  VIEWING_WORDS,
  WITHDRAWAL_WORDS,
  type Bilingual,
} from './code-words.ts';
import type { CaseFact, ImpedimentCode, Member } from './cases.events.ts';

/** Says what the ids in a fact stand for. */
export interface Names {
  /** Tells persons apart without names: by family role and year of birth. */
  readonly who: (personIds: readonly string[]) => Bilingual;
  /** Undefined: it was never reported. */
  readonly impediment: (impedimentId: string) => ImpedimentCode | undefined;
}

/** A fact in plain language, without anything that is sealed. */
export function inWords(fact: CaseFact, names: Names): Bilingual {
  const { who } = names;
  switch (fact.type) {
    case 'PermitGranted': {
      const { members, permitType, channel } = fact.data;
      const [permit, by] = [PERMIT_WORDS[permitType], CHANNEL_WORDS[channel]];
      const household = named(members);
      return said(
        `Permit granted: ${permit.en}, by way of ${by.en}, for ${household.en}.`,
        `Vergunning verleend: ${permit.nl}, via ${by.nl}, voor ${household.nl}.`,
      );
    }
    case 'MemberAdded': {
      const one = named([fact.data.member]);
      return said(`Joined the household: ${one.en}.`, `Toegevoegd aan het huishouden: ${one.nl}.`);
    }
    case 'MemberRemoved': {
      const [one, why] = [who([fact.data.personId]), REMOVAL_WORDS[fact.data.reason]];
      return said(`Removed from the household: ${one.en} (${why.en}).`, `Uit het huishouden: ${one.nl} (${why.nl}).`);
    }
    case 'ChildBorn': {
      const one = named([fact.data.member]);
      return said(`Born: ${one.en}.`, `Geboren: ${one.nl}.`);
    }
    case 'FollowingFamilyArrived': {
      const [family, sponsor] = [named(fact.data.members), who([fact.data.sponsorPersonId])];
      return said(
        `Following family arrived: ${family.en}, to join ${sponsor.en}.`,
        `Nareizigers aangekomen: ${family.nl}, bij ${sponsor.nl}.`,
      );
    }
    case 'HouseholdSplit': {
      const those = who(fact.data.personIds);
      return said(
        `The household split: ${those.en} went on in a case of their own or in another one.`,
        `Het huishouden is gesplitst: ${those.nl} in een eigen of ander dossier verder.`,
      );
    }
    case 'HouseholdMerged': {
      const those = who(fact.data.personIds);
      return said(
        `The household merged with another one: ${those.en}.`,
        `Het huishouden is samengevoegd met een ander: ${those.nl}.`,
      );
    }
    case 'MembersReceived': {
      const those = named(fact.data.members);
      return said(`Came over from another case: ${those.en}.`, `Overgekomen uit een ander dossier: ${those.nl}.`);
    }
    case 'IdentityItemObtained': {
      const [item, one] = [ITEM_WORDS[fact.data.item], who([fact.data.personId])];
      return said(`${capital(item.en)}: ${one.en}.`, `${capital(item.nl)}: ${one.nl}.`);
    }
    case 'InformationProfileCompleted':
      return said('The information profile was completed.', 'Het informatieprofiel is compleet.');
    case 'MunicipalityLinked': {
      const criteria = list(fact.data.criteria.map((code) => CRITERION_WORDS[code]));
      const { municipality } = fact.data;
      return said(
        `Linked to municipality ${municipality}${criteria.en === '' ? '' : ` because of ${criteria.en}`}.`,
        `Gekoppeld aan gemeente ${municipality}${criteria.nl === '' ? '' : ` vanwege ${criteria.nl}`}.`,
      );
    }
    case 'LinkRevoked': {
      const why = REVOCATION_WORDS[fact.data.reason];
      return said(`The link was revoked: ${why.en}.`, `De koppeling is ingetrokken: ${why.nl}.`);
    }
    case 'MunicipalityTransferAgreed': {
      const { municipality } = fact.data;
      return said(
        `Transferred to municipality ${municipality} by agreement.`,
        `In overleg overgedragen aan gemeente ${municipality}.`,
      );
    }
    case 'ProfileAccepted':
      return said('The municipality accepted the profile.', 'De gemeente heeft het profiel geaccepteerd.');
    case 'SearchStarted':
      return said('The search for a home started.', 'Het zoeken naar een woning is begonnen.');
    case 'HomeOffered': {
      const { kind, rooms, rentCents, municipality, availableFrom, answerBy } = fact.data;
      const home = DWELLING_WORDS[kind];
      const answer =
        answerBy === null
          ? said('', '')
          : said(`, answer by ${inDayMonthYear(answerBy)}`, `, antwoord uiterlijk ${inDayMonthYear(answerBy)}`);
      const rent = (rentCents / 100).toFixed(2);
      return said(
        `Home offered in municipality ${municipality}: ${home.en}, rooms: ${rooms}, rent €${rent}, available from ${inDayMonthYear(availableFrom)}${answer.en}.`,
        `Woning aangeboden in gemeente ${municipality}: ${home.nl}, kamers: ${rooms}, huur € ${rent.replace('.', ',')}, beschikbaar vanaf ${inDayMonthYear(availableFrom)}${answer.nl}.`,
      );
    }
    case 'OfferWithdrawn': {
      const why = WITHDRAWAL_WORDS[fact.data.reason];
      return said(`The offer was withdrawn: ${why.en}.`, `Het aanbod is ingetrokken: ${why.nl}.`);
    }
    case 'HomeViewed':
      return VIEWING_WORDS[fact.data.outcome];
    case 'OfferAccepted':
      return said('The household accepted the home.', 'Het huishouden heeft de woning geaccepteerd.');
    case 'OfferRefused': {
      const why = REFUSAL_WORDS[fact.data.reason];
      return said(`The household refused the home: ${why.en}.`, `Het huishouden heeft de woning geweigerd: ${why.nl}.`);
    }
    case 'RefusalJudged':
      return JUDGEMENT_WORDS[fact.data.judgement];
    case 'TenancySigned': {
      const start = inDayMonthYear(fact.data.tenancyStartOn);
      return said(
        `The tenancy was signed; it starts on ${start}.`,
        `Het huurcontract is getekend; het gaat in op ${start}.`,
      );
    }
    case 'MovedIn': {
      const [those, where] = [who(fact.data.personIds), HOUSING_WORDS[fact.data.housingKind]];
      const { municipality } = fact.data;
      return said(
        `Moved into ${where.en} in municipality ${municipality}: ${those.en}.`,
        `Verhuisd naar ${where.nl} in gemeente ${municipality}: ${those.nl}.`,
      );
    }
    case 'ImpedimentReported': {
      const [what, owner] = [IMPEDIMENT_WORDS[fact.data.code], PARTY_WORDS[fact.data.owner]];
      return said(
        `Impediment reported: ${what.en}; up to ${owner.en}.`,
        `Belemmering gemeld: ${what.nl}; aan zet: ${owner.nl}.`,
      );
    }
    case 'ImpedimentResolved': {
      const code = names.impediment(fact.data.impedimentId);
      if (code === undefined) return said('An impediment was resolved.', 'Een belemmering is opgelost.');
      const what = IMPEDIMENT_WORDS[code];
      return said(`Impediment resolved: ${what.en}.`, `Belemmering opgelost: ${what.nl}.`);
    }
    case 'TermSuspended': {
      const why = SUSPENSION_WORDS[fact.data.reason];
      return said(`The terms were suspended: ${why.en}.`, `De termijnen zijn opgeschort: ${why.nl}.`);
    }
    case 'TermResumed':
      return said('The terms run again.', 'De termijnen lopen weer.');
    case 'TermExtended': {
      const term = TERM_WORDS[fact.data.term];
      const { days } = fact.data;
      return said(
        `${capital(term.en)} was extended by ${days} ${days === 1 ? 'day' : 'days'}.`,
        `${capital(term.nl)} is verlengd met ${days} ${days === 1 ? 'dag' : 'dagen'}.`,
      );
    }
    case 'CaseAssigned':
      return said(`Assigned to ${fact.data.assignee}.`, `Toegewezen aan ${fact.data.assignee}.`);
    case 'CaseTakenOver': {
      const { assignee, from } = fact.data;
      return said(`Taken over by ${assignee} from ${from}.`, `Overgenomen door ${assignee} van ${from}.`);
    }
    case 'CaseReleased':
      return said('Released: nobody has the case.', 'Vrijgegeven: niemand heeft het dossier.');
    case 'NoteAdded':
      return said('Note.', 'Notitie.');
    case 'DocumentReferenced':
      return said('Document referred to.', 'Verwijzing naar een document.');
    case 'IntegrationStepReached': {
      const { personId, step, route } = fact.data;
      const [what, one] = [INTEGRATION_WORDS[step], who([personId])];
      const along = route === null ? said('', '') : said(` (${ROUTE_WORDS[route].en})`, ` (${ROUTE_WORDS[route].nl})`);
      return said(`${capital(what.en)}${along.en}: ${one.en}.`, `${capital(what.nl)}${along.nl}: ${one.nl}.`);
    }
    case 'PermitWithdrawn': {
      const those = who(fact.data.personIds);
      return said(`Permit withdrawn: ${those.en}.`, `Vergunning ingetrokken: ${those.nl}.`);
    }
    case 'HouseholdDeparted': {
      const those = who(fact.data.personIds);
      return said(`Departed: ${those.en}.`, `Vertrokken: ${those.nl}.`);
    }
    case 'PersonDeceased': {
      const one = who([fact.data.personId]);
      return said(`Died: ${one.en}.`, `Overleden: ${one.nl}.`);
    }
    case 'CaseClosed': {
      const why = CLOSING_WORDS[fact.data.reason];
      return said(`The case was closed: ${why.en}.`, `Het dossier is gesloten: ${why.nl}.`);
    }
    case 'CaseReopened':
      return said('The case was reopened.', 'Het dossier is heropend.');
  }
}

/** `partner (1985), child (2010)` */
export function named(members: readonly Member[]): Bilingual {
  return list(
    members.map(({ role, birthYear }) =>
      said(`${ROLE_WORDS[role].en} (${birthYear})`, `${ROLE_WORDS[role].nl} (${birthYear})`),
    ),
  );
}

export function list(parts: readonly Bilingual[]): Bilingual {
  return said(parts.map((part) => part.en).join(', '), parts.map((part) => part.nl).join(', '));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `2017-02-23` → `23-02-2017` */
export function inDayMonthYear(date: string): string {
  return `${date.slice(8)}-${date.slice(5, 7)}-${date.slice(0, 4)}`;
}
