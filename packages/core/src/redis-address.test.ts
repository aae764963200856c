import { expect, test } from "vitest";
import { readSentinelUrl } from "./redis-address";

test("a Sentinel URL names the Sentinels, the primary, and the credentials of Redis", () => {
  expect(readSentinelUrl("redis+sentinel://ada:p%40ss@a:1,b,[::1]:3/main/2?sentinelPassword=s%26t")).toEqual({
    sentinels: [
      { host: "a", port: 1 },
      { host: "b", port: 26_379 },
      { host: "::1", port: 3 },
    ],
    name: "main",
    failoverDetector: true,
    username: "ada",
    password: "p@ss",
    sentinelPassword: "s&t",
    db: 2,
  });
  expect(readSentinelUrl("redis+sentinel://:secret@a/main")).toEqual({
    sentinels: [{ host: "a", port: 26_379 }],
    name: "main",
    failoverDetector: true,
    password: "secret",
  });
  expect(readSentinelUrl("rediss+sentinel://a/main")).toMatchObject({ tls: {}, enableTLSForSentinelMode: true });
});

test.each(["redis://a:1/0", "rediss://a", "redis+sentinel://a:1", "redis+sentinel:///main"])("%s is not one", (url) => {
  expect(readSentinelUrl(url)).toBeNull();
});
