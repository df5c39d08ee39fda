import type { ReferenceReading } from './reference-reading.ts';
import type { MunicipalitiesBody } from './reference.api.ts';
import { PROVINCES } from './reference.events.ts';

const BY_NAME = new Intl.Collator('nl').compare;

/** Which municipalities exist on a day, by name. */
export function municipalitiesAnswered({ reference, parked }: ReferenceReading, on: string): MunicipalitiesBody {
  const { validFrom = null, source = null } = reference.municipalityListOn(on) ?? {};
  const municipalities = reference
    .municipalitiesOn(on)
    .map(({ code, name, province }) => {
      const inhabitants = reference.referenceDates.flatMap((referenceDate) => {
        const persons = reference.inhabitants(referenceDate)?.get(code);
        return persons === undefined ? [] : [{ referenceDate, persons }];
      });
      return { code, name, province, provinceName: PROVINCES.get(province) ?? province, inhabitants };
    })
    .sort((a, b) => BY_NAME(a.name, b.name));
  return { on, validFrom, source, municipalities, parked };
}
