/** What is wrong in a file as such; `offset` is that of a byte in it. */
export class XesFaulty extends Error {
  readonly offset: number;
  constructor(what: string, offset: number) {
    super(what);
    this.name = 'XesFaulty';
    this.offset = offset;
  }
}

/** Receives what the scanner finds. Slices are of the scanner's buffer, still escaped, and valid only during the call. */
export interface XesSink {
  event(trace: number, offset: number, bytes: Buffer, attributes: Attributes): void;
  trace(trace: number, offset: number, attributes: ReadonlyMap<string, string>): void;
}

/** Attributes of one event: parallel arrays, used again for each. */
export interface Attributes {
  count: number;
  readonly keys: string[];
  readonly starts: number[];
  readonly ends: number[];
}

const LT = 60;
const GT = 62;
const SLASH = 47;
const QUOTE = 34;
const APOSTROPHE = 39;
const BANG = 33;
const QUESTION = 63;
const SPACE = 32;

/** Bytes; what is larger is no event of a log, or lacks an end. The engine takes no longer rows. */
export const LARGEST_ELEMENT = 16 * 1024 * 1024;
export const TOO_LARGE = 'this is larger than 16 MiB, or has no end: leave out what makes it so large';

const OUTSIDE = 0;
const IN_LOG = 1;
const IN_TRACE = 2;
const IN_EVENT = 3;
const LEVEL_NAMES = [undefined, 'log', 'trace', 'event'];

/** What happens between one attribute and the next: an element begins or ends. */
type Crossing = 'trace' | 'event' | '/event' | '/trace';

/** An attribute that has come before, with what stands between the one before and its value. */
interface UsualTag {
  readonly key: string;
  /** From the end of the tag before to the value, and from the value to the end of the tag. */
  readonly before: Text;
  readonly after: Text;
  /** What is crossed in `before`, and where. */
  readonly crossed: readonly (readonly [Crossing, number])[];
  /** Where it stands: in a trace or in an event. */
  readonly level: number;
  /** Tags that have come after it. */
  readonly next: UsualTag[];
}

/** So many kinds of tags are kept, and so much crossed in one. A log has dozens; one that numbers its tags has a new one in each. */
const MOST_USUAL = 1_000;
const MOST_CROSSED = 8;

/**
 * Reads XES (IEEE 1849) from bytes as they come. It knows only what an event table needs: traces, events and their own
 * attributes; what stands deeper, and declarations, are checked for their nesting and passed over. Tags nearly always follow each
 * other as they did before: then they are compared, not parsed (ADR 0020).
 */
export class XesScanner {
  readonly #sink: XesSink;
  #rest: Buffer = Buffer.alloc(0);
  /** Offset in the file of the first byte of the buffer in hand. */
  #base = 0;
  #level = OUTSIDE;
  /** Names of the elements that are open below the level, such as attributes with attributes of their own. */
  readonly #deeper: string[] = [];
  #ended = false;
  #trace = -1;
  #traceOffset = 0;
  #traceAttributes = new Map<string, string>();
  #eventOffset = 0;
  readonly #attributes: Attributes = { count: 0, keys: [], starts: [], ends: [] };

  readonly #usual = new Map<string, UsualTag>();
  /** Stand for any attribute of a trace, and of an event. */
  readonly #any = [IN_TRACE, IN_EVENT].map((level): UsualTag => ({ ...NO_TAG, level, next: [] }));
  /** The attribute that was read last, where its tag ended, and what was crossed since; undefined if anything else has come since. */
  #last: UsualTag | undefined;
  #lastEnd = 0;
  #crossed: [Crossing, number][] = [];

  constructor(sink: XesSink) {
    this.#sink = sink;
  }

  /** @throws XesFaulty */
  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const done = this.#scan(bytes);
    // A copy: the buffer of the stream is used again, and what is left is less than an event.
    this.#rest = Buffer.from(bytes.subarray(done));
    this.#base += done;
    if (this.#rest.length > LARGEST_ELEMENT) throw new XesFaulty(TOO_LARGE, this.#base);
  }

  /** @throws XesFaulty if the log has not ended */
  end(): void {
    if (this.#ended) {
      if (!isBlank(this.#rest)) throw new XesFaulty('something stands after the end of the log', this.#base);
      return;
    }
    if (this.#level === OUTSIDE) throw new XesFaulty('this is no XES: no <log> begins here', 0);
    throw new XesFaulty('the file ends before its log does: it is not whole', this.#base + this.#rest.length);
  }

  /** @returns how many bytes are dealt with: up to the first event, or tag, that is not whole */
  #scan(bytes: Buffer): number {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let position = 0;
    this.#last = undefined;
    for (;;) {
      if (this.#last !== undefined && this.#crossed.length === 0)
        position = this.#usualTags(bytes, view, position, this.#last);
      const open = bytes.indexOf(LT, position);
      if (this.#level === OUTSIDE) this.#checkBlank(bytes, position, open === -1 ? bytes.length : open);
      const next = open === -1 ? -1 : this.#pastTag(bytes, open);
      if (next === -1) return this.#notWhole(open === -1 ? bytes.length : open);
      position = next;
    }
  }

  /** An event that is not whole is begun again when more has come. */
  #notWhole(position: number): number {
    if (this.#level !== IN_EVENT) return position;
    this.#level = IN_TRACE;
    this.#deeper.length = 0;
    return this.#eventOffset - this.#base;
  }

  /** Goes on for as long as tags follow each other as they did before. @returns where it comes to */
  #usualTags(bytes: Buffer, view: DataView, from: number, after: UsualTag): number {
    let position = from;
    let last = after;
    for (;;) {
      const usual = comesNext(last, view, position);
      if (usual === undefined) break;
      const start = position + usual.before.bytes.length;
      const quote = usual.after.bytes[0];
      let end = start;
      while (end < bytes.length && bytes[end] !== quote && bytes[end] !== LT) end++;
      if (!isAt(view, end, usual.after)) break;
      for (const [crossing, at] of usual.crossed) this.#cross(crossing, bytes, position + at);
      this.#add(usual.key, bytes, start, end);
      position = end + usual.after.bytes.length;
      last = usual;
    }
    this.#last = last;
    this.#lastEnd = position;
    return position;
  }

  /** @returns where it goes on, or -1 if the tag, or what looks like one, is not whole */
  #pastTag(bytes: Buffer, open: number): number {
    const next = bytes[open + 1];
    if (next === undefined) return -1;
    if (next === QUESTION || next === BANG) return this.#pastDeclaration(bytes, open);
    const end = this.#endOfTag(bytes, open);
    if (end === -1) return -1;
    if (next === SLASH) this.#closed(bytes, open, end);
    else this.#opened(this.#tag(bytes, open, end));
    return end + 1;
  }

  /** @returns where it goes on, or -1 if the declaration is not whole */
  #pastDeclaration(bytes: Buffer, open: number): number {
    this.#last = undefined;
    if (bytes[open + 1] === QUESTION) return pastText(bytes, '?>', open + 2);
    const beginning = bytes.toString('latin1', open, open + 9);
    if (beginning.startsWith('<!--')) return pastText(bytes, '-->', open + 4);
    if (beginning.startsWith('<![CDATA[')) return pastText(bytes, ']]>', open + 9);
    if (beginning.length < 9) return -1;
    throw this.#faulty('XES has no document type: it is not read, because it could name other files', open);
  }

  /** @returns where the tag has its last character, or -1 if it is not whole */
  #endOfTag(bytes: Buffer, open: number): number {
    let quote: number | undefined;
    for (let at = open + 1; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === LT) throw this.#faulty(quote === undefined ? 'a tag is not closed' : 'a value has no end', open);
      if (quote !== undefined) {
        if (byte === quote) quote = undefined;
      } else if (byte === GT) return at;
      else if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
    }
    return -1;
  }

  #tag(bytes: Buffer, open: number, end: number): Tag {
    // A character of Latin-1 is a byte, so that places in the text are places in the bytes.
    const text = bytes.toString('latin1', open + 1, end);
    const selfClosed = text.endsWith('/');
    const names = text.slice(0, selfClosed ? -1 : undefined);
    const [whole, name] = NAME.exec(names) as RegExpExecArray as unknown as [string, string];
    const tag: Tag = { bytes, open, end: end + 1, name, selfClosed, key: undefined, valueStart: -1, valueEnd: -1 };
    ATTRIBUTE.lastIndex = whole.length;
    for (let at = whole.length; names.slice(at).trim() !== ''; at = ATTRIBUTE.lastIndex) {
      const found = ATTRIBUTE.exec(names);
      if (found === null) throw this.#faulty('an attribute has no name, or no value in quotation marks', open);
      const valueEnd = open + ATTRIBUTE.lastIndex;
      const valueStart = valueEnd - found[2]!.length + 2;
      if (found[1] === 'key') tag.key = textOf(bytes, valueStart, valueEnd);
      else if (found[1] === 'value') Object.assign(tag, { valueStart, valueEnd });
    }
    return tag;
  }

  #opened(tag: Tag): void {
    const { bytes, open, name, selfClosed, key } = tag;
    if (this.#deeper.length === 0) {
      if (this.#level === OUTSIDE) return this.#beginLog(tag);
      if ((name === 'trace' && this.#level === IN_LOG) || (name === 'event' && this.#level === IN_TRACE)) {
        this.#crossing(name, bytes, open);
        if (selfClosed) this.#crossing(`/${name}`, bytes, open);
        return;
      }
      if (name === 'event' && this.#level === IN_LOG)
        throw this.#faulty('an event stands outside a trace, so that its case is not known', open);
      if (name === 'log' || name === 'trace' || name === 'event')
        throw this.#faulty(`a <${name}> stands where none can stand`, open);
      if (this.#level !== IN_LOG && key !== undefined && tag.valueStart !== -1) {
        this.#add(key, bytes, tag.valueStart, tag.valueEnd);
        if (selfClosed) return this.#follow(tag, key);
      }
    }
    this.#last = undefined;
    if (!selfClosed) this.#deeper.push(name);
  }

  #beginLog({ name, selfClosed, open }: Tag): void {
    if (this.#ended) throw this.#faulty('something stands after the end of the log', open);
    if (name !== 'log') throw this.#faulty(`this is no XES: it begins with <${safe(name)}>, not with <log>`, open);
    if (selfClosed) this.#ended = true;
    else this.#level = IN_LOG;
  }

  #crossing(what: Crossing, bytes: Buffer, open: number): void {
    this.#cross(what, bytes, open);
    if (this.#crossed.length === MOST_CROSSED) this.#last = undefined;
    else this.#crossed.push([what, open - this.#lastEnd]);
  }

  #cross(what: Crossing, bytes: Buffer, open: number): void {
    switch (what) {
      case 'trace':
        this.#trace++;
        this.#traceOffset = this.#base + open;
        this.#traceAttributes = new Map();
        this.#level = IN_TRACE;
        break;
      case 'event':
        this.#attributes.count = 0;
        this.#eventOffset = this.#base + open;
        this.#level = IN_EVENT;
        break;
      case '/event':
        this.#sink.event(this.#trace, this.#eventOffset, bytes, this.#attributes);
        this.#level = IN_TRACE;
        break;
      case '/trace':
        this.#sink.trace(this.#trace, this.#traceOffset, this.#traceAttributes);
        this.#level = IN_LOG;
        break;
    }
  }

  #add(key: string, bytes: Buffer, start: number, end: number): void {
    if (this.#level === IN_TRACE) {
      this.#traceAttributes.set(key, textOf(bytes, start, end));
      return;
    }
    const { keys, starts, ends, count } = this.#attributes;
    keys[count] = key;
    starts[count] = start;
    ends[count] = end;
    this.#attributes.count = count + 1;
  }

  /** Keeps an attribute's tag for when its like comes next again. */
  #follow({ bytes, end, valueStart, valueEnd }: Tag, key: string): void {
    const last = this.#last;
    const from = this.#lastEnd;
    const crossed = this.#crossed;
    this.#last = this.#any[this.#level - IN_TRACE];
    this.#lastEnd = end;
    this.#crossed = [];
    if (last === undefined) return;
    const [before, after] = [bytes.subarray(from, valueStart), bytes.subarray(valueEnd, end)];
    const text = `${last.level}${before.toString('latin1')}\0${after.toString('latin1')}`;
    let usual = this.#usual.get(text);
    if (usual === undefined) {
      if (this.#usual.size === MOST_USUAL) return;
      usual = {
        key,
        before: textToCompare(before),
        after: textToCompare(after),
        crossed,
        level: this.#level,
        next: [],
      };
      this.#usual.set(text, usual);
    }
    if (!last.next.includes(usual)) last.next.push(usual);
    this.#last = usual;
  }

  #closed(bytes: Buffer, open: number, end: number): void {
    const name = bytes
      .toString('latin1', open + 2, end)
      .replace(/^.*:/, '')
      .trim();
    const expected = this.#deeper.length > 0 ? this.#deeper.at(-1) : LEVEL_NAMES[this.#level];
    if (name !== expected) throw this.#faulty(`</${safe(name)}> closes what was not opened`, open);
    if (this.#deeper.length > 0) {
      this.#deeper.pop();
      this.#last = undefined;
    } else if (this.#level === IN_LOG) {
      this.#level = OUTSIDE;
      this.#ended = true;
    } else this.#crossing(this.#level === IN_EVENT ? '/event' : '/trace', bytes, open);
  }

  #checkBlank(bytes: Buffer, from: number, until: number): void {
    for (let at = from; at < until; at++) {
      const byte = bytes[at]!;
      if (byte > SPACE && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) {
        throw this.#faulty(
          this.#ended ? 'something stands after the end of the log' : 'this is no XES: it does not begin with a tag',
          at,
        );
      }
    }
  }

  #faulty(what: string, at: number): XesFaulty {
    return new XesFaulty(what, this.#base + at);
  }
}

/** A tag that opens an element. */
interface Tag {
  readonly bytes: Buffer;
  readonly open: number;
  readonly end: number;
  readonly name: string;
  readonly selfClosed: boolean;
  key: string | undefined;
  /** -1 if it has none. */
  valueStart: number;
  valueEnd: number;
}

/** Without the prefix of a namespace. */
const NAME = /^(?:\S*:)?(\S*)/;
const ATTRIBUTE = /\s*([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/y;

/** Bytes that are looked for, also as numbers of four of them at once. */
interface Text {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

function textToCompare(part: Buffer): Text {
  const bytes = Buffer.from(part);
  return { bytes, words: Int32Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readInt32LE(4 * at)) };
}

const NO_TEXT = textToCompare(Buffer.alloc(0));
const NO_TAG = { key: '', before: NO_TEXT, after: NO_TEXT, crossed: [] };

function comesNext({ next }: UsualTag, view: DataView, position: number): UsualTag | undefined {
  for (const usual of next) if (isAt(view, position, usual.before)) return usual;
  return undefined;
}

function isAt(view: DataView, start: number, { bytes, words }: Text): boolean {
  if (start + bytes.length > view.byteLength) return false;
  for (let at = 0; at < words.length; at++) if (view.getInt32(start + 4 * at, true) !== words[at]) return false;
  for (let at = 4 * words.length; at < bytes.length; at++) if (view.getUint8(start + at) !== bytes[at]) return false;
  return true;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= SPACE);
}

function pastText(bytes: Buffer, text: string, from: number): number {
  const at = bytes.indexOf(text, from, 'latin1');
  return at === -1 ? -1 : at + text.length;
}

/** A name out of a file that may be anything: shown only if it looks like one. */
function safe(name: string): string {
  return /^[\w.:-]{1,40}$/.test(name) ? name : '…';
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** A value without its escapes. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('&') ? unescaped(text) : text;
}

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? String(all);
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : String(all);
  });
}
