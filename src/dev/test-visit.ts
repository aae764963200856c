import type { TestNode } from "./test-node";

const visitor = { email: "admin@weir.test", password: "umbrella trellis 7 quarry Onyx" };

/** The first administrator, for the environment of a node. */
export const visitorEnvironment = { ADMIN_EMAIL: visitor.email, ADMIN_PASSWORD: visitor.password };

/** A signed-in client of a node with the notes. */
export type Visit = {
  query: (procedure: string, input: unknown) => Promise<unknown>;
  mutate: (procedure: string, input: unknown) => Promise<unknown>;
};

async function dataOf(what: string, response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what}: ${response.status} ${text.slice(0, 500)}`);
  // tRPC's envelope.
  return (JSON.parse(text) as { result: { data: unknown } }).result.data;
}

/** Signs in as the first administrator. Rejects with the status and the body of a response that is not OK. */
export async function visit({ origin }: Pick<TestNode, "origin">): Promise<Visit> {
  const headers = { "content-type": "application/json", origin };
  const signedIn = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers,
    body: JSON.stringify(visitor),
  });
  if (!signedIn.ok) throw new Error(`Sign-in: ${signedIn.status} ${await signedIn.text()}`);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
  const url = (procedure: string) => `${origin}/api/trpc/${procedure}`;
  return {
    query: async (procedure, input) => {
      const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;
      return dataOf(procedure, await fetch(`${url(procedure)}${query}`, { headers: { cookie } }));
    },
    mutate: async (procedure, input) =>
      dataOf(
        procedure,
        await fetch(url(procedure), { method: "POST", headers: { ...headers, cookie }, body: JSON.stringify(input) }),
      ),
  };
}

type Note = { id: number; version: number; title: string };

/** Reads, writes and reads again. Rejects when the second read lacks the write. */
export async function useNotes(client: Visit, title: string, id = 1_001): Promise<void> {
  const before = (await client.query("note.byId", { id })) as Note;
  await client.mutate("note.update", { id, version: before.version, title });
  const after = (await client.query("note.byId", { id })) as Note;
  if (after.title !== title) throw new Error(`The note has the title ${after.title} after a write of ${title}.`);
  await client.query("note.list", {});
  await client.query("insights.overview", { range: "1h" });
}
