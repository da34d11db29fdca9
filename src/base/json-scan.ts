/** What a walk over JSON text (RFC 8259) finds: where each value begins, and the first syntax error. */
export interface JsonScan {
  /** Offset of the value at `path`; where there is none, of the nearest value around it. */
  offsetOf(path: readonly PropertyKey[]): number;
  readonly error: { readonly offset: number; readonly what: string } | undefined;
}

/**
 * Walks JSON text to tell people where a problem is. `JSON.parse` cannot: its messages often have no position, and they
 * quote the text, secrets included.
 */
export function scanJson(text: string): JsonScan {
  const scanner = new Scanner(text);
  const error = scanner.scan();
  return {
    error,
    offsetOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const offset = scanner.offsets.get(JSON.stringify(path.slice(0, length).map(String)));
        if (offset !== undefined) return offset;
      }
      return scanner.offsets.get('[]') ?? 0;
    },
  };
}

const stringPattern = /"(?:[^"\\\p{Cc}]|[\u007F-\u009F]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const scalarPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;
const blankPattern = /[ \t\r\n]*/y;

class SyntaxProblem extends Error {}

class Scanner {
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): JsonScan['error'] {
    try {
      this.#take(blankPattern);
      this.#value([]);
      if (this.#at < this.#text.length) this.#fail('nothing may follow the end of the JSON value');
      return undefined;
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      return { offset: this.#at, what: error.message };
    }
  }

  #value(path: readonly string[]): void {
    this.offsets.set(JSON.stringify(path), this.#at);
    if (this.#literal('{')) this.#members(path);
    else if (this.#literal('[')) this.#elements(path);
    else if (this.#take(stringPattern) === '' && this.#take(scalarPattern) === '') this.#failAtValue();
    this.#take(blankPattern);
  }

  #members(path: readonly string[]): void {
    if (this.#literal('}')) return;
    do {
      const key = this.#take(stringPattern);
      if (key === '') this.#failAtKey();
      this.#take(blankPattern);
      if (!this.#literal(':')) this.#fail("expected ':' after a key");
      this.#value([...path, String(JSON.parse(key))]);
    } while (this.#literal(','));
    if (!this.#literal('}')) this.#fail("expected ',' or '}'");
  }

  #elements(path: readonly string[]): void {
    if (this.#literal(']')) return;
    let index = 0;
    do {
      this.#value([...path, String(index)]);
      index += 1;
    } while (this.#literal(','));
    if (!this.#literal(']')) this.#fail("expected ',' or ']'");
  }

  /** Moves past `sign` and the blanks after it, if it is next. */
  #literal(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    this.#take(blankPattern);
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }

  #failAtValue(): never {
    const next = this.#text[this.#at];
    if (next === undefined) this.#fail('the file ends in the middle of a value');
    if (next === '"') this.#fail('this text is not closed on its line, or holds a bad escape');
    this.#fail(next === ']' || next === '}' ? "a value is missing, or a ',' is too many" : 'not a JSON value');
  }

  #failAtKey(): never {
    const isComma = this.#text[this.#at] === '}';
    this.#fail(isComma ? "a key is missing, or a ',' is too many" : 'expected a key in double quotes');
  }

  #fail(what: string): never {
    throw new SyntaxProblem(what);
  }
}
