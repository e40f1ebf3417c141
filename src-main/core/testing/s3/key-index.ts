const SURROGATE = /[\ud800-\udfff]/;

/** By UTF-8 bytes, as S3 sorts: unlike UTF-16, characters beyond U+FFFF come after every other. */
function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? rank(x) - rank(y) : x - y;
  }
  return a.length - b.length;
}
const rank = (unit: number): number => (unit < 0xe000 ? unit + 0x10000 : unit);

/** A sorted list of keys for binary search. Adding many sorts once, when next read. */
export class KeyIndex {
  #keys: string[] = [];
  #sorted = true;
  /** Once any surrogate was seen the engine's own, faster string order no longer serves. */
  #wide = false;

  get keys(): readonly string[] {
    if (!this.#sorted) {
      if (this.#wide) this.#keys.sort(compareUtf8);
      else this.#keys.sort();
      this.#sorted = true;
    }
    return this.#keys;
  }

  /** Of a key that is not in it. */
  add(key: string): void {
    const at = this.after(key);
    this.#keys.splice(at, 0, key);
  }

  /** Of keys that are not in it. */
  addMany(keys: readonly string[]): void {
    this.#wide ||= keys.some((key) => SURROGATE.test(key));
    for (const key of keys) this.#keys.push(key);
    this.#sorted = false;
  }

  remove(key: string): void {
    const at = this.from(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Place of the first key not before `key`. */
  from(key: string): number {
    this.#look(key);
    return this.#first((other) => (this.#wide ? compareUtf8(other, key) >= 0 : other >= key));
  }

  /** Place of the first key after `key`. */
  after(key: string): number {
    this.#look(key);
    return this.#first((other) => (this.#wide ? compareUtf8(other, key) > 0 : other > key));
  }

  /** Place of the first key after all that begin with `prefix`. */
  afterPrefix(prefix: string): number {
    this.#look(prefix);
    return this.#first(
      (other) => !other.startsWith(prefix) && (this.#wide ? compareUtf8(other, prefix) > 0 : other > prefix),
    );
  }

  #look(key: string): void {
    if (this.#wide || !SURROGATE.test(key)) return;
    this.#wide = true;
    this.#sorted = false;
  }

  #first(reached: (key: string) => boolean): number {
    const keys = this.keys;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reached(keys[middle] ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
