/** A set of positive whole numbers that takes 8 to 16 bytes a number: files have millions of cases. */
export class SeenNumbers {
  #slots = new Float64Array(1_024);
  #size = 0;

  /** False if it was there already. */
  add(number: number): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    const at = placeOf(this.#slots, number);
    if (this.#slots[at] === number) return false;
    this.#slots[at] = number;
    this.#size++;
    return true;
  }

  #grow(): void {
    const slots = new Float64Array(this.#slots.length * 2);
    for (const number of this.#slots) if (number !== 0) slots[placeOf(slots, number)] = number;
    this.#slots = slots;
  }
}

/** Where it stands, or the first free place after it should (the length is a power of two; the numbers are digests). */
function placeOf(slots: Float64Array, number: number): number {
  let at = number % slots.length;
  while (slots[at] !== 0 && slots[at] !== number) at = (at + 1) % slots.length;
  return at;
}
