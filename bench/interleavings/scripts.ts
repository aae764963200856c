import { stampFrom, stampLength } from "../../packages/cache/src/redis/entry";
import {
  attachScript,
  claimScript,
  invalidateScript,
  keepScript,
  laggardsScript,
  renewScript,
  gone,
  settleScript,
} from "../../packages/cache/src/redis/scripts";
import type { Store } from "./store";

type Run = (store: Store, keys: readonly string[], args: readonly string[]) => unknown;

/** No script argument may be missing; an empty text would fail. */
const at = (texts: readonly string[], index: number): string => texts[index] ?? "";

function readClock(text: string | null): { incarnation: string; epoch: number; purge: number; expire: number } | null {
  const [, incarnation, epoch, purge, expire] = /^(\S+) (\d+) (\d+) (\d+)$/u.exec(text ?? "") ?? [];
  if (incarnation === undefined) return null;
  return { incarnation, epoch: Number(epoch), purge: Number(purge), expire: Number(expire) };
}

function readLease(text: string | null): { state: string; holder: string; of: string; epoch: number } | null {
  const [, state, holder, of, epoch] = /^([a-zA-Z]) (\S+) (\S+) (\d+)$/u.exec(text ?? "") ?? [];
  return state === undefined || holder === undefined || of === undefined
    ? null
    : { state, holder, of, epoch: Number(epoch) };
}

const attach: Run = (store, keys, args) => {
  const [clock, server, marks, log, nodes] = [0, 1, 2, 3, 4].map((index) => at(keys, index)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  let text = store.get(clock);
  const read = readClock(text);
  const known = Number(args[3]);
  const rewound = read !== null && read.incarnation === args[2] && read.epoch < known;
  // Marks in the format of an earlier version are not simulated.
  if (read === null || rewound || store.hash(server).get("runId") !== args[0]) {
    const epoch = Math.max(read?.epoch ?? 0, known) + 1;
    text = `${at(args, 1)} ${epoch} ${epoch} 0`;
    store.set(clock, text);
    store.hash(server).set("runId", at(args, 0));
    store.hash(server).set("bornMs", String(store.nowMs()));
    store.delete(marks);
    const fields = ["i", at(args, 1), "e", String(epoch), "m", "purge", "a", "1", "t", "[]", "n", ""];
    store.append(log, fields, Number(args[6]));
  }
  const incarnation = readClock(text)?.incarnation ?? "";
  const instance = at(args, 4);
  if (instance !== "") store.hash(nodes).set(instance, `${incarnation} 0 ${store.nowMs() + Number(args[5])}`);
  return [text, store.stream(log).at(-1)?.[0] ?? "0-0", String(store.nowMs())];
};

const invalidate: Run = (store, keys, args) => {
  if (store.refusals > 0) {
    store.refusals -= 1;
    throw new Error("OOM command not allowed when used memory > 'maxmemory'.");
  }
  const [clock, marks, log] = [at(keys, 0), at(keys, 1), at(keys, 2)];
  const read = readClock(store.get(clock));
  if (read === null) return null;
  const [mode, all] = [at(args, 0), at(args, 1)];
  const epoch = read.epoch + 1;
  let { purge, expire } = read;
  for (const mark of JSON.parse(at(args, 2)) as string[]) {
    store.sortedSet(marks).set(`${mode === "purge" ? "p" : "e"}:${mark}`, epoch);
  }
  for (const [mark, dropped] of store.popLowest(marks, store.sortedSet(marks).size - Number(args[5]))) {
    if (mark.startsWith("p:")) purge = Math.max(purge, dropped);
    else expire = Math.max(expire, dropped);
  }
  if (all === "1" && mode === "purge") {
    purge = epoch;
    store.delete(marks);
  } else if (all === "1") expire = epoch;
  store.set(clock, `${read.incarnation} ${epoch} ${purge} ${expire}`);
  const fields = ["i", read.incarnation, "e", String(epoch), "m", mode, "a", all, "t", at(args, 2), "n", at(args, 3)];
  store.append(log, fields, Number(args[4]));
  return [read.incarnation, String(epoch)];
};

const renew: Run = (store, keys, args) => {
  const until = store.nowMs() + Number(args[3]);
  store.hash(at(keys, 1)).set(at(args, 0), `${at(args, 1)} ${at(args, 2)} ${until}`);
  return [store.get(at(keys, 0)) ?? "", String(store.nowMs())];
};

const laggards: Run = (store, keys, args) => {
  const nodes = store.hash(at(keys, 1));
  let count = 0;
  for (const [node, text] of nodes) {
    const [, incarnation, applied, expires] = /^(\S+) (\d+) (\d+)$/u.exec(text) ?? [];
    if (expires === undefined || Number(expires) <= store.nowMs()) nodes.delete(node);
    else if (node !== args[2] && (incarnation !== args[0] || Number(applied) < Number(args[1]))) count += 1;
  }
  const born = store.hash(at(keys, 0)).get("bornMs");
  return born === undefined || store.nowMs() - Number(born) < Number(args[3]) ? count + 1 : count;
};

const claim: Run = (store, keys, args) => {
  const answers: string[] = [];
  for (let pair = 0; pair < keys.length / 2; pair += 1) {
    const [lease, entry] = [at(keys, 2 * pair), at(keys, 2 * pair + 1)];
    const [token, incarnation, epoch, since, seen, background] = args.slice(6 * pair + 1, 6 * pair + 7);
    const held = readLease(store.get(lease));
    if (held?.state === "h" && held.holder === token) answers.push("g");
    else if (held?.state === "h" && held.of === incarnation && held.epoch >= Number(since)) answers.push("h");
    else if (held?.state === "f" && background === "1") answers.push("f");
    else {
      const stamp = seen === "*" ? "" : (store.get(entry) ?? "").slice(stampFrom, stampFrom + stampLength);
      if (stamp !== "" && stamp !== seen) answers.push("e");
      else {
        store.set(lease, `h ${token} ${incarnation} ${epoch}`, Number(args[0]));
        answers.push("g");
      }
    }
  }
  return answers;
};

const keep: Run = (store, keys, args) =>
  keys.map((lease, index) => {
    const held = readLease(store.get(lease));
    return held?.state === "h" && held.holder === args[index + 1] ? store.expire(lease, Number(args[0])) : 0;
  });

const settle: Run = (store, keys, args) => {
  const answers: number[] = [];
  for (let pair = 0; pair < keys.length / 2; pair += 1) {
    const [lease, entry] = [at(keys, 2 * pair), at(keys, 2 * pair + 1)];
    const [token = "", text = "", lifetimeMs, pauseMs] = args.slice(4 * pair, 4 * pair + 4);
    const held = readLease(store.get(lease));
    if (token !== "" && (held?.state !== "h" || held.holder !== token)) {
      answers.push(0);
      continue;
    }
    if (text !== "") store.set(entry, text, Number(lifetimeMs));
    else if (Number(lifetimeMs) === gone) store.delete(entry);
    if (token !== "" && Number(pauseMs) > 0) {
      store.set(lease, `f ${token} ${held?.of} ${held?.epoch}`, Number(pauseMs));
    } else if (token !== "") store.delete(lease);
    answers.push(1);
  }
  return answers;
};

/** The engine's scripts by the hash that it calls. A script without a counterpart here cannot be called. */
export const scriptsBySha: ReadonlyMap<string, Run> = new Map([
  [attachScript.sha, attach],
  [invalidateScript.sha, invalidate],
  [renewScript.sha, renew],
  [laggardsScript.sha, laggards],
  [claimScript.sha, claim],
  [keepScript.sha, keep],
  [settleScript.sha, settle],
]);
