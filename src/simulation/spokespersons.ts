import type { Place } from './places.ts';
import type { Speaker } from './planned-fact.ts';

/** Who records something, in which role, for which organisation. */
export interface Spokesperson {
  readonly actor: string;
  readonly role: string;
  readonly organisation: string;
}

const COA_DESKS = 40;
const COA: readonly Spokesperson[] = Array.from({ length: COA_DESKS }, (_, desk) => ({
  actor: `coa-${desk + 1}`,
  role: 'PLACEMENT_COORDINATOR',
  organisation: 'COA',
}));

/** Those who speak for COA and for the parties in each municipality; each made once, because every fact names one. */
export class Spokespersons {
  private readonly places: readonly Place[];
  private readonly known: Readonly<Record<Exclude<Speaker, 'COA'>, Spokesperson>>[] = [];

  constructor(places: readonly Place[]) {
    this.places = places;
  }

  /** @param place index of the municipality, −1: none, for whose households COA speaks */
  of(by: Speaker, place: number, household: number): Spokesperson {
    if (by === 'COA' || place < 0) return COA[household % COA_DESKS]!;
    return (this.known[place] ??= spokespersonsIn(this.places[place]!.code))[by];
  }
}

function spokespersonsIn(code: string): Readonly<Record<Exclude<Speaker, 'COA'>, Spokesperson>> {
  const name = code.toLowerCase();
  return {
    MUNICIPALITY: { actor: `${name}-1`, role: 'MUNICIPAL_CASE_MANAGER', organisation: code },
    HOUSING_ASSOCIATION: { actor: `${name}-ws`, role: 'HOUSING_ASSOCIATION_OFFICER', organisation: `${code}-WS1` },
    SUPPORT_ORGANISATION: { actor: `${name}-support`, role: 'SUPPORT_ORGANISATION', organisation: `${code}-SUPPORT` },
  };
}
