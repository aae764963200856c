import { expect, test, vi } from "vitest";
import { askOf, createLiveStore } from "./live-store";

const key = (name: string, input?: object) => [["insights", name], { input, type: "query" }];
const overview = key("overview", { range: "5m" });
const status = key("status");

test("only procedures that the stream carries are asked for", () => {
  expect(askOf(overview)).toEqual({ name: "overview", input: { range: "5m" } });
  expect(askOf(status)).toEqual({ name: "status", input: undefined });
  for (const other of [key("cacheKeys"), [["traces", "list"]], [["insights", "a", "b"]], ["insights"], []]) {
    expect(askOf(other)).toBeNull();
  }
});

test("the asks do not depend on the order of the parts, and change only with them", () => {
  const store = createLiveStore();
  const changed = vi.fn<() => void>();
  store.subscribe(changed);
  expect(store.asks()).toBeNull();
  const removeStatus = store.add(status, { name: "status", input: undefined });
  const first = store.add(overview, { name: "overview", input: { range: "5m" } });
  const asks = store.asks() ?? "";
  expect(JSON.parse(asks)).toEqual([{ name: "overview", input: { range: "5m" } }, { name: "status" }]);
  expect([store.queryKeyOf(asks, 0), store.queryKeyOf(asks, 1)]).toEqual([overview, status]);
  const second = store.add(overview, { name: "overview", input: { range: "5m" } });
  first();
  expect(store.asks()).toBe(asks);
  expect(changed).toHaveBeenCalledTimes(2);
  second();
  removeStatus();
  expect(store.asks()).toBeNull();
  // An event of the stream before is not taken for one of another ask.
  expect(store.queryKeyOf(asks, 0)).toBeNull();
});

test("what the stream does not deliver is polled: one ask that fails, or all of them", () => {
  const store = createLiveStore();
  store.add(overview, { name: "overview", input: {} });
  store.setAsk(overview, false);
  expect([store.isDelivered(overview), store.isDelivered(status)]).toEqual([false, true]);
  store.setAsk(overview, true);
  store.setStream(false);
  expect([store.isDelivered(overview), store.isDelivered(status)]).toEqual([false, false]);
  store.setStream(true);
  expect(store.isDelivered(overview)).toBe(true);
});
