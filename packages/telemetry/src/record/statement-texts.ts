const maxTextLength = 4_000;
const maxCharacters = 262_144;

/** The texts of the statements this process has run, for the store. Evicts the oldest when the total grows too large. */
export class StatementTexts {
  readonly #texts = new Map<string, string>();
  #characters = 0;
  #changed = false;

  /** Keeps the first text seen for a name. */
  note(name: string, text: string): void {
    if (this.#texts.has(name)) return;
    const kept = text.length > maxTextLength ? `${text.slice(0, maxTextLength)} …` : text;
    this.#texts.set(name, kept);
    this.#characters += name.length + kept.length;
    this.#changed = true;
    for (const [oldest, its] of this.#texts) {
      if (this.#characters <= maxCharacters) return;
      this.#texts.delete(oldest);
      this.#characters -= oldest.length + its.length;
    }
  }

  /** Makes the next `take` return all texts, even without a new one. */
  refresh(): void {
    this.#changed = this.#texts.size > 0;
  }

  /** All texts as JSON when there is something to store, else null. Call `refresh` if storing them failed. */
  take(): string | null {
    if (!this.#changed) return null;
    this.#changed = false;
    return JSON.stringify(Object.fromEntries(this.#texts));
  }
}

/** Parses the output of `take`; empty when absent or invalid. */
export function parseStatementTexts(json: string | null): Map<string, string> {
  if (json === null) return new Map();
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed !== "object" || parsed === null) return new Map();
    const pairs = Object.entries(parsed).filter((pair): pair is [string, string] => typeof pair[1] === "string");
    return new Map(pairs);
  } catch {
    return new Map();
  }
}
