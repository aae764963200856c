import { expect, test } from "vitest";
import { createAnnouncer } from "./announcer";
import type { LogFormat } from "./destination";
import { createLogger } from "./logger";

function announce(format: LogFormat) {
  const [out, err, log]: [string[], string[], string[]] = [[], [], []];
  const destination = { write: (line: string) => void log.push(line) };
  const announcer = createAnnouncer(format, createLogger({ level: "info", nodeId: "node-1", destination }), {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
  });
  announcer.say("Ready.");
  announcer.whisper("Password: between us");
  announcer.complain("The port is taken.", new Error("EADDRINUSE"));
  return { out, err, log };
}

test.for(["auto", "pretty"] as const)("people are told in plain lines, and the log is left alone: %s", (format) => {
  expect(announce(format)).toEqual({
    out: ["weir  Ready.", "weir  Password: between us"],
    err: ["weir  The port is taken."],
    log: [],
  });
});

test("with the format json all is records, but what only a person may see", () => {
  const { out, err, log } = announce("json");
  expect(out).toEqual(["weir  Password: between us"]);
  expect(err).toEqual([]);
  expect(log.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ level: "info", msg: "Ready." }),
    expect.objectContaining({
      level: "error",
      msg: "The port is taken.",
      err: expect.objectContaining({ message: "EADDRINUSE" }),
    }),
  ]);
  expect(log.join("")).not.toContain("between us");
});
