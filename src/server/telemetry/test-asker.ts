/** A procedure, its input, and the expected result: a tRPC error code, or null for success. */
export type KnownCall = readonly [procedure: string, input: unknown, errorCode: string | null];

export type AnsweredCall = { name: string; errorCode: string | null };

/** The tRPC response to one call. */
type Answer = { error?: { data: { code: string } } };

/** Sends calls with known results and records those that got a response. Throws on any other result. */
export class Asker {
  readonly answered: AnsweredCall[] = [];
  #origin = "";

  at(origin: string): this {
    this.#origin = origin;
    return this;
  }

  /** One request; with several calls a batch. */
  async ask(calls: readonly KnownCall[]): Promise<void> {
    const isBatch = calls.length > 1;
    const inputs = Object.fromEntries(calls.map(([, input], index) => [index, input]));
    const query = new URLSearchParams();
    const input = isBatch ? inputs : inputs[0];
    if (input !== undefined) query.set("input", JSON.stringify(input));
    if (isBatch) query.set("batch", "1");
    const names = calls.map(([procedure]) => procedure).join(",");
    const response = await fetch(`${this.#origin}/api/trpc/${names}?${query.toString()}`);
    const text = await response.text();
    // By tRPC's protocol: one result, or one for each call of the batch.
    const body = JSON.parse(text) as Answer | Answer[];
    const answers = Array.isArray(body) ? body : [body];
    for (const [index, [name, , errorCode]] of calls.entries()) {
      const code = answers[index]?.error?.data.code ?? null;
      if (code !== errorCode) throw new Error(`${name} ended with ${code}, not with ${errorCode}: ${text}`);
      this.answered.push({ name, errorCode });
    }
  }
}

/** The number of notes that the mix requests repeatedly. */
const noteIds = [1_014, 1_017, 1_001, 1_016, 1_002, 1_009, 1_006, 1_008, 1_011, 1_013];
const notThere = 2_147_483_000;

/** A mix of calls with known results: hits and misses, errors of four kinds, batches. */
export async function askMix(asker: Asker, times: number): Promise<void> {
  for (let round = 0; round < times; round += 1) {
    for (const id of noteIds) await asker.ask([["note.byId", { id }, null]]);
    await asker.ask(noteIds.map((id) => ["note.byId", { id }, null]));
    await asker.ask([["note.search", { q: "travel n" }, null]]);
    await asker.ask([["folder.stats", { code: "work" }, null]]);
    await asker.ask([["folder.list", undefined, null]]);
    await asker.ask([["note.byId", { id: notThere }, "NOT_FOUND"]]);
    await asker.ask([["note.byId", { id: "seven" }, "BAD_REQUEST"]]);
    await asker.ask([["users.list", undefined, "UNAUTHORIZED"]]);
    await asker.ask([
      ["note.byId", { id: notThere - 1 - round }, "NOT_FOUND"],
      ["folder.stats", { code: "nowhere" }, "NOT_FOUND"],
      ["note.list", {}, null],
    ]);
  }
}
