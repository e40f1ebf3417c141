import { invalid, MAX_NESTING } from './values.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SCALAR = /-?\d[\d.eE+-]*|true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * A JSON text walked from member to member, so that a long one is read a piece at a time: JSON.parse of 64 MiB would
 * hold up everything else for a second. Whoever iterates takes each value, whole or in parts, before going on.
 */
export class JsonWalk {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Keys of the object that comes now; none where there is null instead. */
  *members(): Generator<string, void> {
    if (!this.enter('{')) return;
    if (this.take('}')) return this.leave();
    do {
      const key = this.value();
      if (typeof key !== 'string') throw invalid('a key is no text');
      this.expect(':');
      yield key;
    } while (this.take(','));
    this.expect('}');
    this.leave();
  }

  /** One turn for each element of the array that comes now; none where there is null instead. */
  *elements(): Generator<void, void> {
    if (!this.enter('[')) return;
    if (this.take(']')) return this.leave();
    do yield;
    while (this.take(','));
    this.expect(']');
    this.leave();
  }

  /** The text of the value that comes now, passed over. */
  raw(): string {
    this.space();
    const from = this.at;
    this.pass();
    return this.text.slice(from, this.at);
  }

  value(): unknown {
    return parseJson(this.raw());
  }

  end(): void {
    this.space();
    if (this.at !== this.text.length) throw invalid('something follows the request');
  }

  private enter(bracket: '{' | '['): boolean {
    this.space();
    if (this.text.startsWith('null', this.at)) {
      this.at += 4;
      return false;
    }
    this.expect(bracket);
    this.depth++;
    return true;
  }

  private leave(): void {
    this.depth--;
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  private take(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private expect(mark: string): void {
    if (!this.take(mark)) throw invalid(`the JSON lacks "${mark}" at character ${this.at}`);
  }

  private pass(): void {
    const { text } = this;
    let depth = 0;
    do {
      const code = text.charCodeAt(this.at);
      // { and [ are 0x7b and 0x5b, } and ] are 0x7d and 0x5d.
      if (code === QUOTE) this.passText();
      else if (code === 0x7b || code === 0x5b) {
        this.at++;
        if (this.depth + ++depth > MAX_NESTING) throw invalid(`it nests deeper than ${MAX_NESTING} levels`);
      } else if (code === 0x7d || code === 0x5d) {
        this.at++;
        depth--;
      } else if (depth === 0) {
        SCALAR.lastIndex = this.at;
        if (!SCALAR.test(text)) throw invalid(`the JSON lacks a value at character ${this.at}`);
        this.at = SCALAR.lastIndex;
      } else if (Number.isNaN(code)) throw invalid('the JSON ends too soon');
      else this.at++;
    } while (depth > 0);
  }

  private passText(): void {
    const { text } = this;
    let end = this.at;
    for (;;) {
      end = text.indexOf('"', end + 1);
      if (end === -1) throw invalid('the JSON ends within a text');
      let backslashes = 0;
      while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
      if (backslashes % 2 === 0) break;
    }
    this.at = end + 1;
  }
}

export function parseJson(text: string, reviver?: Parameters<typeof JSON.parse>[1]): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    throw invalid('its JSON is malformed');
  }
}
