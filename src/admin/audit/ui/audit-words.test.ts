import { describe, expect, it } from "vitest";
import { describeSubject } from "./audit-words";

const emailOf = (id: string): string | null => (id === "p1" ? "ada@weir.example" : null);

describe("describeSubject", () => {
  it.each([
    [null, null],
    ["session:s1", null],
    ["person:p1", { text: "ada@weir.example", href: null }],
    ["person:gone", { text: "person:gone", href: null }],
    ["tags:note:42", { text: "tags:note:42", href: null }],
    ["everything", { text: "everything", href: null }],
  ])("%j", (subject, words) => {
    expect(describeSubject(subject, emailOf)).toEqual(words);
  });
});
