import { describe, expect, test } from "vitest";
import { parseStatementTexts, StatementTexts } from "./statement-texts";

describe("statement texts", () => {
  test("are returned once when one is new", () => {
    const texts = new StatementTexts();
    expect(texts.take()).toBeNull();
    texts.note("by_id", "select 1");
    texts.note("by_id", "select 2");
    expect([...parseStatementTexts(texts.take())]).toEqual([["by_id", "select 1"]]);
    texts.note("by_id", "select 1");
    expect(texts.take()).toBeNull();
    texts.refresh();
    expect(texts.take()).toBe('{"by_id":"select 1"}');
  });

  test("stay small: long texts are truncated and new ones replace the oldest", () => {
    const texts = new StatementTexts();
    for (let index = 0; index < 500; index += 1) texts.note(`s${index}`, "x".repeat(5_000));
    const json = texts.take() ?? "";
    expect(json.length).toBeLessThan(270_000);
    const kept = parseStatementTexts(json);
    expect([kept.has("s0"), kept.get("s499")?.length]).toEqual([false, 4_002]);
  });

  test("are empty when the stored value is not theirs", () => {
    for (const json of [null, "", "[", "7", "null", '{"a":1}']) expect(parseStatementTexts(json).size).toBe(0);
  });
});
