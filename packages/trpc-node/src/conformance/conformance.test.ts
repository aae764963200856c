import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterCases } from "./adapter-cases";
import { plain } from "./init";
import { type Pair, startPair } from "./pair";
import { buildRouter } from "./router";
import { shortCases } from "./short-cases";

let pair: Pair;

beforeAll(async () => {
  pair = await startPair(() => ({
    router: buildRouter(plain),
    createContext: ({ req, res }) => ({ req, res, user: "somebody" }),
  }));
});
afterAll(() => pair[Symbol.asyncDispose]());

describe("responds on the short path like tRPC's adapter", () => {
  test.each(shortCases)("%s", async (_name, request) => {
    const { ours, theirs, isShort } = await pair.ask(request);
    expect(ours).toEqual(theirs);
    expect(isShort).toBe(true);
  });
});

describe("handed to tRPC's adapter unchanged", () => {
  test.each(adapterCases)("%s", async (_name, request) => {
    const { ours, theirs } = await pair.ask(request);
    expect(ours).toEqual(theirs);
  });
});
