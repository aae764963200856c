import { type Attack, type Check, checked, noneOf } from "../attack";
import type { Reply } from "../client";
import type { Target } from "../target";

const path = "/api/auth/sign-in/email";

function attempt(
  target: Target,
  {
    email,
    password,
    from,
    headers = {},
  }: { email: string; password: string; from: string; headers?: Record<string, string> },
): Promise<Reply> {
  return target.ask({
    method: "POST",
    path,
    from,
    headers: { "content-type": "application/json", origin: target.origin, ...headers },
    body: JSON.stringify({ email, password }),
    withinMs: 30_000,
  });
}

const tally = (replies: readonly Reply[]): string => {
  const counts = new Map<number, number>();
  for (const { status } of replies) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status} × ${count}`).join(", ");
};

/** The most attempts that one address has, with some room. */
const attemptsOfOne = 34;

/** One address guesses at many users, hidden behind addresses that it makes up. */
async function oneAddress(target: Target): Promise<Check> {
  const replies: Reply[] = [];
  for (let index = 0; index < attemptsOfOne; index += 1) {
    const headers = {
      "x-forwarded-for": `203.0.113.${index}`,
      "x-real-ip": `198.51.100.${index}`,
      forwarded: `for=192.0.2.${index}`,
    };
    const email = `nobody${index}@siege.example`;
    replies.push(await attempt(target, { email, password: "wrong horse battery", from: "127.0.0.66", headers }));
  }
  const last = replies.at(-1)?.status;
  return {
    name: "an address that guesses is stopped, whatever X-Forwarded-For it sends",
    held: last === 429,
    evidence: `${tally(replies)}; the last one ${last}`,
  };
}

/** Many addresses guess at one user. The user must still get in. */
async function manyAddresses(target: Target): Promise<Check[]> {
  const { email, password } = target.users.operator;
  const replies: Reply[] = [];
  for (let index = 0; index < 12; index += 1) {
    replies.push(await attempt(target, { email, password: `wrong horse ${index}`, from: `127.0.1.${index + 1}` }));
  }
  const owner = await attempt(target, { email, password, from: "127.0.0.9" });
  const guessed = replies.filter(({ status }) => status === 200).length;
  return [
    { name: "wrong passwords never sign in", held: guessed === 0, evidence: tally(replies) },
    {
      name: "a user whose password is being guessed still signs in",
      held: owner.status === 200,
      evidence: `attackers ${tally(replies)}; the user ${owner.status} ${owner.text.slice(0, 120)}`,
    },
  ];
}

/** One address guesses at one user: it is stopped, the owner is not. */
async function oneOnOne(target: Target): Promise<Check[]> {
  const { email, password } = target.users.viewer;
  const replies: Reply[] = [];
  for (let index = 0; index < 14; index += 1) {
    replies.push(await attempt(target, { email, password: `wrong horse ${index}`, from: "127.0.0.88" }));
  }
  const right = await attempt(target, { email, password, from: "127.0.0.88" });
  const owner = await attempt(target, { email, password, from: "127.0.0.10" });
  return [
    {
      name: "an address that guesses at one user is stopped, even with the right password",
      held: replies.at(-1)?.status === 429 && right.status === 429,
      evidence: `${tally(replies)}; then the right one ${right.status}`,
    },
    {
      name: "its owner signs in from elsewhere",
      held: owner.status === 200,
      evidence: `${owner.status} ${owner.text.slice(0, 120)}`,
    },
  ];
}

/** An unknown user and a wrong password must look the same. */
async function looksTheSame(target: Target): Promise<Check> {
  const [known, unknown] = [
    await attempt(target, { email: target.users.admin.email, password: "wrong horse battery", from: "127.0.0.91" }),
    await attempt(target, { email: "nobody@siege.example", password: "wrong horse battery", from: "127.0.0.92" }),
  ];
  const shape = ({ status, text, headers }: Reply): string =>
    JSON.stringify([status, text, Object.keys(headers).toSorted(), headers["content-length"]]);
  const same = shape(known) === shape(unknown);
  return {
    name: "an unknown user looks like a wrong password",
    held: same,
    evidence: `${known.status} and ${unknown.status}`,
  };
}

/** The same address in other letters must count as one and find one. */
async function otherLetters(target: Target): Promise<Check> {
  const { email, password } = target.users.admin;
  const spellings = [
    email.replace("i", "\u0131"),
    email.replace("i", "\u0130"),
    email.replace("s", "\u017f"),
    email.replace("a", "\uff41"),
    `${email}\0`,
    `${email}\u200b`,
    email.replace("@", "%40"),
    `${email},x@siege.example`,
    `<${email}>`,
  ];
  const broken: string[] = [];
  for (const [index, spelling] of spellings.entries()) {
    const { status } = await attempt(target, { email: spelling, password, from: `127.0.3.${index + 1}` });
    if (status === 200 || status >= 500) broken.push(`${JSON.stringify(spelling)}: ${status}`);
  }
  return noneOf("an address that only looks like a user's does not sign in", broken, spellings.length);
}

/** Guessing passwords, and shutting users out by guessing. */
export const signIn: Attack = {
  name: "sign-in",
  isQuick: true,
  run: async (target) =>
    checked(
      await looksTheSame(target),
      await otherLetters(target),
      await oneAddress(target),
      ...(await manyAddresses(target)),
      ...(await oneOnOne(target)),
    ),
};
