import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { City } from "@/features/cities/contract";
import type { CityChangesEvent, CityChangesInput } from "@/features/cities/changes-contract";
import { type Change, type ChangeLog, createChangeLog, type Position } from "./change-log";
import { createCityFeed } from "./entity-feed";

const city = (id: number, countryCode = "JP"): City => ({
  id,
  name: `City ${id}`,
  countryCode,
  regionCode: "",
  population: 1,
  lat: 0,
  lon: 0,
  version: 1,
});

let follower: { entered: (change: Change) => void; began: (position: Position) => void };
let older: Change[];
let epoch: number;
let cities: Map<number, City | null>;
let isReadable: boolean;
let log: ChangeLog;
let client: AbortController;

const open = (capacity?: number): ChangeLog =>
  createChangeLog(
    {
      follow: (one) => {
        follower = one;
        one.began({ incarnation: "i", epoch });
        return () => undefined;
      },
      history: async () => older,
    },
    { capacity },
  );

beforeEach(() => {
  older = [];
  epoch = 100;
  cities = new Map([1, 2, 3].map((id) => [id, city(id)]));
  isReadable = true;
  client = new AbortController();
  log = open();
});
afterEach(() => client.abort());

function listen(input: Partial<CityChangesInput> = {}) {
  const feed = createCityFeed({
    log,
    cityOfTag: (tag) => (tag.startsWith("city:") ? Number(tag.slice(5)) : null),
    broadTags: new Set(["cities:imported"]),
    readCities: async (ids) => {
      if (!isReadable) throw new Error("The database is away.");
      return new Map(ids.map((id) => [id, cities.get(id) ?? null]));
    },
    restMs: 0,
  });
  const events = feed({ lastEventId: null, ...input }, client.signal);
  return async (): Promise<{ id: string; event: CityChangesEvent }> => {
    const { value, done } = await events.next();
    if (done === true) throw new Error("The stream is over.");
    return value;
  };
}

const write = (...tags: string[]): void => {
  epoch += 1;
  follower.entered({ incarnation: "i", epoch, all: false, tags });
};
const ids = ({ event }: { event: CityChangesEvent }): number[] => event.changes.map(({ id }) => id);

describe("the changes of cities", () => {
  test("begin with the cities asked for, then tell each change of those with its new value", async () => {
    const next = listen({ ids: [1, 9] });
    expect(await next()).toEqual({
      id: "i.100",
      event: {
        type: "ready",
        changes: [
          { kind: "present", id: 1, city: city(1) },
          { kind: "absent", id: 9 },
        ],
      },
    });
    write("city:2", "country:JP");
    cities.set(1, { ...city(1), population: 5, version: 2 });
    write("city:1", "country:JP", "cities:all");
    expect(await next()).toEqual({
      id: "i.102",
      event: {
        type: "changes",
        changes: [{ kind: "present", id: 1, city: { ...city(1), population: 5, version: 2 } }],
      },
    });
  });

  test("name a city once however often it changed while the client was slow", async () => {
    const next = listen();
    await next();
    for (let count = 0; count < 50; count += 1) write("city:1");
    write("city:2");
    expect(ids(await next())).toEqual([1, 2]);
  });

  test("go on after the last event without a gap or a double, on any node that followed so long", async () => {
    write("city:1");
    write("city:2");
    expect(ids(await listen({ lastEventId: "i.101" })())).toEqual([2]);
    write("city:3");
    expect(ids(await listen({ lastEventId: "i.102" })())).toEqual([3]);
  });

  test("look back into what the log still holds from before this node began", async () => {
    older = [98, 99, 100].map((at) => ({ incarnation: "i", epoch: at, all: false, tags: [`city:${at - 97}`] }));
    expect(ids(await listen({ lastEventId: "i.98" })())).toEqual([2, 3]);
    write("city:1");
    expect(ids(await listen({ lastEventId: "i.99" })())).toEqual([3, 1]);
    expect(await listen({ lastEventId: "i.96", ids: [2] })()).toMatchObject({
      id: "i.101",
      event: { type: "gap", changes: [{ id: 2 }] },
    });
  });

  test.each([
    ["another incarnation", "j.100"],
    ["further back than is kept", "i.1"],
  ])("say that there is a gap after %s", async (_what, lastEventId) => {
    const { id, event } = await listen({ lastEventId })();
    expect([id, event.type]).toEqual(["i.100", "gap"]);
  });

  test("say that there is a gap when any city may have changed", async () => {
    const next = listen();
    await next();
    write("city:1");
    write("cities:imported");
    expect((await next()).event).toEqual({ type: "gap", changes: [] });
    follower.entered({ incarnation: "i", epoch: (epoch += 1), all: true, tags: [] });
    expect((await next()).event.type).toBe("gap");
    follower.began({ incarnation: "k", epoch: 7 });
    expect(await next()).toMatchObject({ id: "k.7", event: { type: "gap" } });
  });

  test("come in portions of a hundred, and none is lost between them", async () => {
    const next = listen();
    await next();
    for (let id = 1; id <= 250; id += 1) write(`city:${id}`);
    const portions = [await next(), await next(), await next()].map(ids);
    expect(portions.map(({ length }) => length)).toEqual([100, 100, 50]);
    expect(portions.flat()).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
  });

  test("of one country leave out others, but not what cannot be read", async () => {
    cities.set(2, city(2, "FR"));
    const next = listen({ country: "JP" });
    await next();
    write("city:1");
    write("city:2");
    expect(ids(await next())).toEqual([1]);
    isReadable = false;
    write("city:2");
    expect((await next()).event.changes).toEqual([{ kind: "unread", id: 2 }]);
  });

  test("give a quiet client a new position now and then", async () => {
    const next = listen({ ids: [3] });
    await next();
    for (let count = 0; count < 1_000; count += 1) write("city:1");
    expect(await next()).toEqual({ id: "i.1100", event: { type: "changes", changes: [] } });
  });

  test("forget what is older than their capacity", async () => {
    log.close();
    log = open(10);
    for (let count = 0; count < 30; count += 1) write("city:1");
    expect((await listen({ lastEventId: "i.101" })()).event.type).toBe("gap");
    expect((await listen({ lastEventId: `i.${epoch - 5}` })()).event.type).toBe("changes");
  });

  test("end when the client leaves, whatever they wait for", async () => {
    const next = listen();
    await next();
    const last = next();
    client.abort();
    await expect(last).rejects.toThrow("over");
    expect(log.waiting).toBe(0);
  });
});
