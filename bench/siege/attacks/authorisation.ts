import { hasRole, type Role, roles } from "@/server/auth/contract";
import { type Attack, checked, noneOf } from "../attack";
import type { Ask, Reply } from "../client";
import { type Procedure, sample } from "../procedures";
import type { Target } from "../target";

type Way = { how: string; given: Ask };

/** Every way to call a procedure over HTTP, allowed and not. */
function waysToCall({ path, type, schema }: Procedure): Way[] {
  const base = `/api/trpc/${path}`;
  const input = JSON.stringify(sample(schema ?? undefined));
  const query = `input=${encodeURIComponent(input)}`;
  const twice = `${base},${path}?batch=1`;
  const both = `{"0":${input},"1":${input}}`;
  const json = { "content-type": "application/json" };
  const streamed = { "trpc-accept": "application/jsonl" };
  const get = (how: string, url: string, headers: Record<string, string> = {}): Way => ({
    how,
    given: { path: url, headers, withinMs: 3_000 },
  });
  const post = (how: string, url: string, body: string, headers: Record<string, string> = {}): Way => ({
    how,
    given: { method: "POST", path: url, body, headers: { ...json, ...headers }, withinMs: 3_000 },
  });
  const stream = get("event stream", `${base}?${query}`, { accept: "text/event-stream" });
  if (type === "subscription") return [stream, get("GET", base), post("POST", base, input)];
  return [
    get("GET", `${base}?${query}`),
    get("GET without input", base),
    get("batch by GET", `${twice}&input=${encodeURIComponent(both)}`),
    get("streamed batch by GET", `${twice}&input=${encodeURIComponent(both)}`, streamed),
    post("POST", base, input),
    post("POST without input", base, "{}"),
    post("batch by POST", twice, both),
    post("streamed batch by POST", twice, both, streamed),
    post("POST that overrides its method", `${base}?${query}`, input, { "x-http-method-override": "GET" }),
    post("the second call of a batch", `/api/trpc/siege.none,${path}?batch=1`, `{"1":${input}}`),
    stream,
    get("encoded path", `/api/trpc/${path.replace(".", "%2e")}?${query}`),
  ];
}

/** A result of the procedure, whatever the transport. */
const passedGuard = (text: string): boolean =>
  text.includes('"result"') || /"data":\s*\[\s*\[(?!null)/.test(text) || /event: ?ready|"type":"ready"/.test(text);

const refusedAs = /"(?:SIGNED_OUT|ROLE_TOO_LOW|CROSS_SITE|METHOD_NOT_SUPPORTED)"/;
/** What a request gets that never reaches a procedure. */
const neverReached = new Set([400, 404, 405, 415]);

/** Why a response is not a refusal; null when it is one. */
function breach({ status, text }: Reply): string | null {
  const isRefused = refusedAs.test(text) || neverReached.has(status);
  return isRefused && !passedGuard(text) ? null : `${status} ${text.slice(0, 140)}`;
}

async function asCaller(
  target: Target,
  procedure: Procedure,
  role: Role | null,
): Promise<{ tried: number; broken: string[] }> {
  const broken: string[] = [];
  const cookie: Record<string, string> =
    role === null ? {} : { cookie: target.users[role].cookie, origin: target.origin };
  const ways = waysToCall(procedure);
  for (const { how, given } of ways) {
    const reply = await target.ask({ ...given, headers: { ...given.headers, ...cookie } });
    const what = breach(reply);
    if (what !== null) broken.push(`${procedure.path} as ${role ?? "signed out"}, ${how}: ${what}`);
  }
  return { tried: ways.length, broken };
}

/** Every procedure, signed out and with each lower role, in every way that HTTP offers. */
export const authorisation: Attack = {
  name: "authorisation",
  isQuick: true,
  run: async (target) => {
    const guarded = target.procedures.filter(({ role }) => role !== null);
    const cases = guarded.flatMap((procedure) => {
      const lower = roles.filter((role) => procedure.role !== null && !hasRole(role, procedure.role));
      return [null, ...lower].map((role) => ({ procedure, role }));
    });
    let tried = 0;
    const broken: string[] = [];
    // A few at a time: their order does not matter.
    const work = async (): Promise<void> => {
      for (let one = cases.shift(); one !== undefined; one = cases.shift()) {
        const result = await asCaller(target, one.procedure, one.role);
        tried += result.tried;
        broken.push(...result.broken);
      }
    };
    await Promise.all([work(), work(), work(), work()]);
    return checked(noneOf(`${guarded.length} guarded procedures refuse every lower role`, broken, tried));
  },
};
