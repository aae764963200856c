import { expect, test } from "vitest";
import { startTestApp } from "@/dev/test-app";
import { notesFeatures } from "@/dev/notes/test-notes";
import { UsageError } from "../command";
import { runOn } from "../test-command";
import { createTrafficCommand, localOrigin, samplesOf } from "./traffic";

test("sends the samples of the features at the given rate, and every call is answered", async () => {
  await using app = await startTestApp();
  const traffic = runOn(app.runtime, createTrafficCommand(notesFeatures, app.origin));
  const { data, text } = await traffic("--seconds", "1", "--rate", "40");
  expect(data).toEqual({ ok: true, origin: app.origin, sent: 40, failed: 0, skipped: 0 });
  expect(text).toBe(`Sent 40 calls to ${app.origin}; 0 failed.`);
  await expect(traffic("--seconds", "601")).rejects.toThrow(UsageError);
  await expect(traffic("--rate", "0")).rejects.toThrow(UsageError);
  await expect(traffic("now")).rejects.toThrow(UsageError);
});

test("a server that is not there fails every call, and the command says so", async () => {
  await using app = await startTestApp();
  const traffic = runOn(app.runtime, createTrafficCommand(notesFeatures, "http://127.0.0.1:1"));
  expect((await traffic("--seconds", "1", "--rate", "5")).data).toMatchObject({ ok: false, sent: 5, failed: 5 });
});

test.each(["http://127.0.0.1:3000", "http://localhost:80/path", "http://[::1]:3000"])("%s is this machine", (url) => {
  expect(localOrigin(url)).toBe(new URL(url).origin);
});

test.each(["http://example.com", "https://127.0.0.1", "http://127.0.0.1.example.com", "http://10.0.0.1", "3000", ""])(
  "%s is refused",
  (url) => {
    expect(() => localOrigin(url)).toThrow(UsageError);
  },
);

test("a sample must be open to everyone", () => {
  const samples = [{ procedure: "note.update", weight: 1, input: () => undefined }];
  const notes = {
    open: () => ({ service: null, routers: {} }),
    access: { "note.update": "operator" as const },
    samples,
  };
  expect(() => samplesOf({ notes })).toThrow("note.update of notes is a sample, but not open to everyone.");
  expect(samplesOf(notesFeatures).length).toBeGreaterThan(0);
});
