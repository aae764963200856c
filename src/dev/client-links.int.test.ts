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
import { noteIds, type NotesRouter } from "./notes/test-notes";
import { createEventSource } from "../../packages/client/src/event-source";

// tRPC's own client and links against the running server: programs do not have to use the packed client.
let app: TestApp;
let operator: SignedInUser;
beforeAll(async () => {
  app = await startTestApp();
  operator = await app.signIn("operator");
}, 90_000);
afterAll(() => app[Symbol.asyncDispose]());

type Link = TRPCLink<NotesRouter>;
const { brulee } = noteIds;
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

/** Each terminating link, and each middleware link in front of one. */
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
    splitLink({ condition: (op) => op.path.startsWith("note."), true: httpBatchLink(base()), false: httpLink(base()) }),
  ],
};

async function failureOf(call: Promise<unknown>): Promise<TRPCClientError<NotesRouter>> {
  const error: unknown = await call.then(() => null).catch((cause: unknown) => cause);
  if (!isTRPCClientError<NotesRouter>(error)) throw new TypeError(`not a tRPC error: ${String(error)}`);
  return error;
}

describe.each(Object.entries(ways))("%s", (_name, links) => {
  const open = () =>
    createTRPCClient<NotesRouter>({
      links: [
        (runtime) =>
          splitLink<NotesRouter>({
            condition: (op) => op.type === "subscription",
            true: subscriptions(),
            false: links(),
          })(runtime),
      ],
    });

  test("queries with every kind of input", async () => {
    const trpc = open();
    const [note, many, found, near, page, folders, stats, me] = await Promise.all([
      trpc.note.byId.query({ id: brulee }),
      trpc.note.byIds.query({ ids: [brulee, 1] }),
      trpc.note.search.query({ q: "São P", limit: 2 }),
      trpc.note.nearby.query({ x: -33.9, y: 18.4, limit: 1, radius: 50.5 }),
      trpc.note.list.query({ folder: "recipes", order: "title", limit: 2 }),
      trpc.folder.list.query(),
      trpc.folder.stats.query({ code: "music" }),
      trpc.account.me.query(),
    ]);
    expect(note.title).toBe("Crème brûlée");
    expect(many.items.map(({ id }) => id)).toEqual([brulee]);
    expect(found.items[0]?.title).toBe("São Paulo in three days");
    expect(near.items[0]?.distance).toBeLessThan(50.5);
    expect(page.items).toHaveLength(2);
    expect(folders.items).toHaveLength(12);
    expect(stats.name).toBe("Music");
    expect(me).toMatchObject({ email: operator.user.email });
    const next = await trpc.note.list.query({ folder: "recipes", order: "title", limit: 2, cursor: page.nextCursor });
    expect(next.items[0]?.id).not.toBe(page.items[0]?.id);
  });

  test("a mutation, and its rejection when repeated", async () => {
    const trpc = open();
    const { version, words } = await trpc.note.byId.query({ id: brulee });
    const changed = await trpc.note.update.mutate({ id: brulee, version, words: words + 1 });
    expect(changed).toMatchObject({ version: version + 1, words: words + 1 });
    const repeated = await failureOf(trpc.note.update.mutate({ id: brulee, version, words }));
    expect(repeated.data).toMatchObject({ code: "CONFLICT", httpStatus: 409, weirCode: "NOTE_VERSION_CONFLICT" });
  });

  test("errors with their codes, per call", async () => {
    const trpc = open();
    const [missing, wrong, low, good] = await Promise.all([
      failureOf(trpc.note.byId.query({ id: 1 })),
      failureOf(trpc.folder.stats.query({ code: "Music" })),
      failureOf(trpc.users.list.query()),
      trpc.note.byId.query({ id: brulee }),
    ]);
    expect(missing.data).toMatchObject({
      code: "NOT_FOUND",
      httpStatus: 404,
      weirCode: "NOTE_NOT_FOUND",
      path: "note.byId",
    });
    expect(wrong.data).toMatchObject({ code: "BAD_REQUEST", weirCode: null, problems: [{ path: "code" }] });
    expect(low.data).toMatchObject({ code: "FORBIDDEN", weirCode: "ROLE_TOO_LOW", requiredRole: "admin" });
    expect(good.id).toBe(brulee);
  });
});

test("httpSubscriptionLink: public, with a role, resumed and rejected", async () => {
  const trpc = createTRPCClient<NotesRouter>({ links: [subscriptions()] });
  const calls = createTRPCClient<NotesRouter>({ links: [httpLink(base())] });
  const changes = trpc.note.changes.subscribe({ ids: [brulee] });
  const first = await changes.next();
  expect(first.value).toMatchObject({ id: expect.any(String), data: { type: "ready" } });
  await changes.return?.();
  const lastEventId = first.done === true ? null : first.value.id;
  // While no client is connected.
  const { version } = await calls.note.byId.query({ id: brulee });
  await calls.note.update.mutate({ id: brulee, version, title: "Brûlée, again" });
  const resumed = trpc.note.changes.subscribe({ ids: [brulee], lastEventId });
  expect((await resumed.next()).value).toMatchObject({ data: { type: "changes", changes: [{ id: brulee }] } });
  await resumed.return?.();
  const live = trpc.insights.live.subscribe();
  expect((await live.next()).done).toBe(false);
  await live.return?.();
  const wrong = trpc.note.changes.subscribe({ ids: [brulee], folder: "recipes" });
  await expect(wrong.next()).rejects.toMatchObject({ data: { code: "BAD_REQUEST" } });
}, 30_000);
