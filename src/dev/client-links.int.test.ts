import {
  createTRPCClient,
  httpBatchLink,
  httpBatchStreamLink,
  httpLink,
  httpSubscriptionLink,
  isTRPCClientError,
  loggerLink,
  retryLink,
  splitLink,
  type TRPCClientError,
  type TRPCLink,
} from "@trpc/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SignedInUser, startTestApp, type TestApp } from "./test-app";
import type { AppRouter } from "@/server/rpc/root";
import { createEventSource } from "../../packages/client/src/event-source";

// What tRPC's own client and its links make of the running server: programs need not use the packed client.
let app: TestApp;
let operator: SignedInUser;
beforeAll(async () => {
  app = await startTestApp();
  operator = await app.signIn("operator");
}, 90_000);
afterAll(() => app[Symbol.asyncDispose]());

type Link = TRPCLink<AppRouter>;
const tokyo = 1_850_147;
const base = () => ({ url: `${app.origin}/api/trpc`, headers: () => operator.headers });
const subscriptions = (): Link =>
  httpSubscriptionLink({
    url: base().url,
    EventSource: createEventSource(
      (url, init) => {
        const headers = new Headers(init.headers);
        for (const [name, value] of Object.entries(operator.headers)) headers.set(name, value);
        return fetch(url, { ...init, headers });
      },
      () => 0,
    ),
  });

/** Each terminating link, and those that pass on, in front of one. */
const ways: Record<string, () => Link[]> = {
  httpLink: () => [httpLink(base())],
  "httpLink, all by POST": () => [httpLink({ ...base(), methodOverride: "POST" })],
  httpBatchLink: () => [httpBatchLink({ ...base(), maxItems: 20 })],
  "httpBatchLink, all by POST": () => [httpBatchLink({ ...base(), methodOverride: "POST" })],
  httpBatchStreamLink: () => [httpBatchStreamLink({ ...base(), maxItems: 20 })],
  "httpBatchStreamLink, all by POST": () => [httpBatchStreamLink({ ...base(), methodOverride: "POST" })],
  "loggerLink and retryLink": () => [
    loggerLink({ enabled: () => false }),
    retryLink({ retry: ({ attempts, op }) => op.type === "query" && attempts < 3 }),
    httpLink(base()),
  ],
  splitLink: () => [
    splitLink({ condition: (op) => op.path.startsWith("city."), true: httpBatchLink(base()), false: httpLink(base()) }),
  ],
};

async function failureOf(call: Promise<unknown>): Promise<TRPCClientError<AppRouter>> {
  const error: unknown = await call.then(() => null).catch((cause: unknown) => cause);
  if (!isTRPCClientError<AppRouter>(error)) throw new TypeError(`no error of tRPC: ${String(error)}`);
  return error;
}

describe.each(Object.entries(ways))("%s", (_name, links) => {
  const open = () =>
    createTRPCClient<AppRouter>({
      links: [
        (runtime) =>
          splitLink<AppRouter>({
            condition: (op) => op.type === "subscription",
            true: subscriptions(),
            false: links(),
          })(runtime),
      ],
    });

  test("queries with every kind of input", async () => {
    const trpc = open();
    const [city, many, found, near, page, countries, stats, me] = await Promise.all([
      trpc.city.byId.query({ id: tokyo }),
      trpc.city.byIds.query({ ids: [tokyo, 1] }),
      trpc.city.search.query({ q: "São 'Pau", limit: 2 }),
      trpc.city.nearby.query({ lat: -33.9, lon: 18.4, limit: 1, radiusKm: 50.5 }),
      trpc.city.list.query({ country: "JP", order: "name", limit: 2 }),
      trpc.country.list.query(),
      trpc.country.stats.query({ code: "IS" }),
      trpc.account.me.query(),
    ]);
    expect(city.name).toBe("Tokyo");
    expect(many.items.map(({ id }) => id)).toEqual([tokyo]);
    expect(found.items[0]?.name).toBe("São Paulo");
    expect(near.items[0]?.countryCode).toBe("ZA");
    expect(page.items).toHaveLength(2);
    expect(countries.items.length).toBeGreaterThan(200);
    expect(stats.name).toBe("Iceland");
    expect(me).toMatchObject({ email: operator.user.email });
    const next = await trpc.city.list.query({ country: "JP", order: "name", limit: 2, cursor: page.nextCursor });
    expect(next.items[0]?.id).not.toBe(page.items[0]?.id);
  });

  test("a mutation, and its refusal when it is repeated", async () => {
    const trpc = open();
    const { version, population } = await trpc.city.byId.query({ id: tokyo });
    const changed = await trpc.city.update.mutate({ id: tokyo, version, population: population + 1 });
    expect(changed).toMatchObject({ version: version + 1, population: population + 1 });
    const repeated = await failureOf(trpc.city.update.mutate({ id: tokyo, version, population }));
    expect(repeated.data).toMatchObject({ code: "CONFLICT", httpStatus: 409, weirCode: "CITY_VERSION_CONFLICT" });
  });

  test("errors with their codes, each call its own", async () => {
    const trpc = open();
    const [missing, wrong, low, good] = await Promise.all([
      failureOf(trpc.city.byId.query({ id: 1 })),
      failureOf(trpc.country.stats.query({ code: "japan" })),
      failureOf(trpc.users.list.query()),
      trpc.city.byId.query({ id: tokyo }),
    ]);
    expect(missing.data).toMatchObject({
      code: "NOT_FOUND",
      httpStatus: 404,
      weirCode: "CITY_NOT_FOUND",
      path: "city.byId",
    });
    expect(wrong.data).toMatchObject({ code: "BAD_REQUEST", weirCode: null, problems: [{ path: "code" }] });
    expect(low.data).toMatchObject({ code: "FORBIDDEN", weirCode: "ROLE_TOO_LOW", requiredRole: "admin" });
    expect(good.id).toBe(tokyo);
  });
});

test("httpSubscriptionLink: public and with a role, from an id on, and refused", async () => {
  const trpc = createTRPCClient<AppRouter>({ links: [subscriptions()] });
  const calls = createTRPCClient<AppRouter>({ links: [httpLink(base())] });
  const changes = trpc.city.changes.subscribe({ ids: [tokyo] });
  const first = await changes.next();
  expect(first.value).toMatchObject({ id: expect.any(String), data: { type: "ready" } });
  await changes.return?.();
  const lastEventId = first.done === true ? null : first.value.id;
  // While nobody listens.
  const { version } = await calls.city.byId.query({ id: tokyo });
  await calls.city.update.mutate({ id: tokyo, version, name: "Tōkyō" });
  const resumed = trpc.city.changes.subscribe({ ids: [tokyo], lastEventId });
  expect((await resumed.next()).value).toMatchObject({ data: { type: "changes", changes: [{ id: tokyo }] } });
  await resumed.return?.();
  const live = trpc.insights.live.subscribe();
  expect((await live.next()).done).toBe(false);
  await live.return?.();
  const wrong = trpc.city.changes.subscribe({ ids: [tokyo], country: "JP" });
  await expect(wrong.next()).rejects.toMatchObject({ data: { code: "BAD_REQUEST" } });
}, 30_000);
