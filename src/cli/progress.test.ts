import { expect, test } from "vitest";
import { showProgress } from "./progress";
import { progressBar } from "./progress-bar";

test("the bar keeps its width from 0 % to 100 %", () => {
  const lines = [0, 1, 50, 100].map((done) => progressBar("Notes", done, 100));
  expect(new Set(lines.map((line) => line.indexOf("%"))).size).toBe(1);
  expect(lines[0]).toContain("░".repeat(24));
  expect(lines[3]).toContain("█".repeat(24));
});

function record(isTTY: boolean): { text: () => string; output: { isTTY: boolean; write: (text: string) => void } } {
  let text = "";
  return { text: () => text, output: { isTTY, write: (part) => void (text += part) } };
}

test("redraws one line on a terminal, and writes a line per quarter to a file", () => {
  const terminal = record(true);
  const file = record(false);
  for (const { output } of [terminal, file]) {
    const progress = showProgress("Notes", output);
    for (let done = 0; done <= 1000; done += 1) progress.update(done, 1000);
    progress.end();
  }
  expect(terminal.text().match(/\n/g)).toHaveLength(1);
  expect(file.text().match(/\n/g)).toHaveLength(5);
});
