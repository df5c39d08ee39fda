import { isPassing } from '../event-sourcing/passing-faults.ts';
import { patiently } from './patience.ts';
import type { KnownStream } from './known-stream.ts';
import type { Open, Projection } from './projection.ts';

/** Opens sealed values for the rows of one stream in one view. */
export type OpenFor = (view: string, stream: string) => Open;

export type LoadOpener = (subjects: readonly string[]) => Promise<Open>;

const NOTHING_SEALED: Open = () => {
  throw new Error('a view that opens sealed values declares their subjects');
};

/**
 * Fetches the keys that the rows of these streams need, all at once. Where that fails, stream by stream, so that only the
 * streams whose own keys cannot be had suffer: their opener throws.
 * @throws what is wrong with the log as a whole
 */
export async function openersFor<History>(
  projections: readonly Projection<History, never>[],
  streams: readonly KnownStream<History>[],
  loadOpener: LoadOpener,
): Promise<OpenFor> {
  const opening = projections.filter(({ subjects }) => subjects !== undefined);
  if (opening.length === 0) return () => NOTHING_SEALED;

  const wanted = new Map<string, readonly string[]>();
  const failures = new Map<string, unknown>();
  for (const { name, subjects } of opening) {
    for (const stream of streams) {
      const place = `${name} ${stream.stream}`;
      const history = stream.lastGoodHistory();
      try {
        wanted.set(place, history === undefined ? [] : subjects!(history));
      } catch (error) {
        failures.set(place, error);
      }
    }
  }

  const opens = new Map<string, Open>();
  try {
    const open = await patiently(() => loadOpener([...new Set([...wanted.values()].flat())]));
    for (const place of wanted.keys()) opens.set(place, open);
  } catch (error) {
    if (isPassing(error)) throw error;
    for (const [place, subjects] of wanted) {
      try {
        opens.set(place, await loadOpener([...new Set(subjects)]));
      } catch (cause) {
        if (isPassing(cause)) throw cause;
        failures.set(place, cause);
      }
    }
  }
  return (view, stream) => {
    const place = `${view} ${stream}`;
    if (failures.has(place)) {
      return () => {
        throw failures.get(place);
      };
    }
    return opens.get(place) ?? NOTHING_SEALED;
  };
}
