import type { JsonObject, RecordedEvent } from './event.ts';

/** Turns the data of one version of an event type into those of the next. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** What is known of an event type. */
export interface EventType {
  /** The version written today; the first is 1. */
  readonly version: number;
  /** `upcasters[0]` leads from version 1 to 2, and so on: one fewer than `version`. */
  readonly upcasters?: readonly Upcaster[];
  /** Name of the field that holds another event of the catalogue, as `{ type, version?, data }`. */
  readonly holds?: string;
}

/** An event as it is to be stored. */
export interface Written {
  readonly type: string;
  readonly data: JsonObject;
  /** Absent: 1. */
  readonly typeVersion?: number;
}

/** The log holds something this program does not know: a newer program wrote it. Nothing is guessed, nothing is lost. */
export class UnknownEvent extends Error {
  readonly code = 'UNKNOWN_EVENT';
  readonly type: string;
  readonly version: number;
  constructor(type: string, version: number, known: number | null, where: string) {
    super(
      known === null
        ? `${where} is of type ${type}, which this program does not know; a newer version of it wrote the log`
        : `${where} is ${type} in version ${version}; this program knows it up to version ${known}`,
    );
    this.name = 'UnknownEvent';
    this.type = type;
    this.version = version;
  }
}

/** Stands alone in a stream that could not be copied, in the place of all that it held: `data.reason` says why. */
export const STREAM_LEFT_OUT = 'StreamLeftOut';

/** The log is a copy without this stream. Nothing is known of it, and whoever looks for it is told so. */
export class StreamLeftOut extends UnknownEvent {
  constructor({ stream, data }: RecordedEvent) {
    super(STREAM_LEFT_OUT, 1, null, stream);
    this.message = `${stream} was left out when this log was copied: ${data.reason as string}`;
    this.name = 'StreamLeftOut';
  }
}

/** All event types of one kind of stream. */
export class Catalogue<Event extends { readonly type: string; readonly data: unknown }> {
  readonly #types: ReadonlyMap<string, EventType>;

  constructor(types: Readonly<Record<Event['type'], EventType>>) {
    this.#types = new Map(Object.entries<EventType>(types));
    for (const [name, type] of this.#types) {
      if ((type.upcasters?.length ?? 0) !== type.version - 1) {
        throw new TypeError(`${name} in version ${type.version} needs ${type.version - 1} upcasters`);
      }
    }
  }

  /** Version in which a type is written today. */
  versionOf(type: Event['type']): number {
    return this.#types.get(type)?.version ?? 1;
  }

  /** An event of today, with the versions of its type and of the event it holds, where they are not the first. */
  write(event: Event): Written {
    const type = event.type as Event['type'];
    const data = this.#holding(type, event.data as JsonObject);
    const typeVersion = this.versionOf(type);
    return typeVersion === 1 ? { type, data } : { type, data, typeVersion };
  }

  #holding(type: Event['type'], data: JsonObject): JsonObject {
    const holds = this.#types.get(type)?.holds;
    if (holds === undefined) return data;
    const held = data[holds] as { readonly type: Event['type']; readonly data: JsonObject };
    const version = this.versionOf(held.type);
    return version === 1 ? data : { ...data, [holds]: { type: held.type, version, data: held.data } };
  }

  /**
   * An event in today's shape; the very same object if that is how it stands in the log.
   * @throws UnknownEvent for an unknown type or a newer version · StreamLeftOut
   */
  read(event: RecordedEvent): RecordedEvent & Event {
    if (event.type === STREAM_LEFT_OUT) throw new StreamLeftOut(event);
    const version = event.metadata.typeVersion ?? 1;
    const data = this.#upcast(event.type, version, event.data, event);
    return (data === event.data ? event : { ...event, data }) as RecordedEvent & Event;
  }

  #upcast(name: string, version: number, data: JsonObject, event: RecordedEvent): JsonObject {
    const type = this.#types.get(name);
    if (type === undefined || version > type.version || version < 1) {
      throw new UnknownEvent(name, version, type?.version ?? null, `${event.stream}, revision ${event.revision},`);
    }
    let present = data;
    for (const upcast of type.upcasters?.slice(version - 1) ?? []) present = upcast(present);
    if (type.holds === undefined) return present;
    const held = present[type.holds] as { readonly type: string; readonly version?: number; readonly data: JsonObject };
    const heldData = this.#upcast(held.type, held.version ?? 1, held.data, event);
    return heldData === held.data && held.version === undefined
      ? present
      : { ...present, [type.holds]: { type: held.type, data: heldData } };
  }
}
