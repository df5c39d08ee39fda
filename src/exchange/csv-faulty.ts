/** Where in a file: lines and characters from 1; a column by its name, or by its number where it has none. */
export interface CsvPlace {
  readonly line: number;
  readonly column?: string | number;
  readonly character?: number;
}

/** The file as such cannot be used. The message says where, what is wrong, and what to do. */
export class CsvFaulty extends Error {
  readonly code = 'CSV_FAULTY';
  readonly place: CsvPlace;
  constructor(what: string, place: CsvPlace) {
    super(`${wordsOf(place)}: ${what}`);
    this.name = 'CsvFaulty';
    this.place = place;
  }
}

function wordsOf({ line, column, character }: CsvPlace): string {
  if (column !== undefined) return `line ${line}, column ${column}`;
  return character === undefined ? `line ${line}` : `line ${line}, character ${character}`;
}
