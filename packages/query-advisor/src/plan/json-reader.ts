/** Reads what another program wrote as JSON: fields that are absent or of another type are null. */
export class JsonReader {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(value: unknown) {
    this.#fields = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  }

  text(name: string): string | null {
    const value = this.#fields.get(name);
    return typeof value === "string" ? value : null;
  }

  number(name: string): number | null {
    const value = this.#fields.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }

  texts(name: string): string[] {
    const value = this.#fields.get(name);
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  list(name: string): unknown[] {
    const value = this.#fields.get(name);
    return Array.isArray(value) ? value : [];
  }

  get(name: string): unknown {
    return this.#fields.get(name);
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }
}
