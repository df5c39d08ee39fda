// Looked up once: in the contexts of a test runner every look-up of a global costs more than a draw.
const { floor, imul } = Math;

/**
 * Chance that follows from the seed alone: every draw is worked out anew from who it is for and what it decides, so that none
 * depends on how many were made before it. 32-bit integers only (MurmurHash3's mixing), hence the same on every machine.
 */
export class Draws {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = seed | 0;
  }

  /** 32 random bits, as a number from 0 to 2³² − 1. */
  bits(subject: number, purpose: number, nth = 0): number {
    let mixed = this.seed ^ 0x2c1b3c6d;
    mixed = mixedWith(mixed, subject | 0);
    mixed = mixedWith(mixed, purpose | 0);
    mixed = mixedWith(mixed, nth | 0);
    mixed ^= mixed >>> 16;
    mixed = imul(mixed, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = imul(mixed, 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  }

  /** A whole number from 0 to `bound` − 1; `bound` up to a million. */
  below(bound: number, subject: number, purpose: number, nth = 0): number {
    return floor((this.bits(subject, purpose, nth) * bound) / RANGE);
  }

  /** True in so many of a thousand cases. */
  chance(perMille: number, subject: number, purpose: number, nth = 0): boolean {
    return this.below(100_000, subject, purpose, nth) < perMille * 100;
  }

  /**
   * A number spread as the table says.
   * @param deciles eleven whole numbers: the smallest, what 10 % lie under, … 90 %, the largest
   */
  spread(deciles: readonly number[], subject: number, purpose: number, nth = 0): number {
    const place = this.below(1_000, subject, purpose, nth);
    const step = floor(place / 100);
    const rest = place % 100;
    return floor((deciles[step]! * (100 - rest) + deciles[step + 1]! * rest + 50) / 100);
  }

  /** Index into weights that add up to a thousand. */
  choose(perMille: readonly number[], subject: number, purpose: number, nth = 0): number {
    let left = this.below(1_000, subject, purpose, nth);
    for (let index = 0; index < perMille.length; index++) {
      left -= perMille[index]!;
      if (left < 0) return index;
    }
    return perMille.length - 1;
  }

  pick<T>(list: readonly T[], subject: number, purpose: number, nth = 0): T {
    return list[this.below(list.length, subject, purpose, nth)]!;
  }

  /** A UUID (version 8, RFC 9562) that follows from the seed. */
  uuid(subject: number, purpose: number, nth = 0): string {
    const a = this.bits(subject, purpose, nth);
    const b = this.bits(subject, purpose + 0x10000, nth);
    const c = this.bits(subject, purpose + 0x20000, nth);
    const d = this.bits(subject, purpose + 0x30000, nth);
    const versioned = HEX[(b & 0xfff) | 0x8000]!;
    const variant = HEX[((c >>> 16) & 0x3fff) | 0x8000]!;
    return `${HEX[a >>> 16]!}${HEX[a & 0xffff]!}-${HEX[b >>> 16]!}-${versioned}-${variant}-${HEX[c & 0xffff]!}${HEX[d >>> 16]!}${HEX[d & 0xffff]!}`;
  }
}

const RANGE = 4_294_967_296;
/** Sixteen bits at a time, because millions of ids are made. */
const HEX = Array.from({ length: 0x10000 }, (_, bits) => bits.toString(16).padStart(4, '0'));

function mixedWith(mixed: number, word: number): number {
  let key = imul(word, 0xcc9e2d51);
  key = (key << 15) | (key >>> 17);
  const next = mixed ^ imul(key, 0x1b873593);
  return (imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}
