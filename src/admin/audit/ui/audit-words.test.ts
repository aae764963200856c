import { describe, expect, it } from "vitest";
import { describeSubject } from "./audit-words";

const emailOf = (id: string): string | null => (id === "p1" ? "ada@weir.example" : null);

describe("describeSubject", () => {
  it.each([
    [null, null],
    ["session:s1", null],
    ["person:p1", { text: "ada@weir.example", href: null }],
    ["person:gone", { text: "person:gone", href: null }],
    ["city:42", { text: "city 42", href: "/?city=42" }],
    ["city:javascript", { text: "city:javascript", href: null }],
    ["tags:city:42", { text: "tags:city:42", href: null }],
    ["everything", { text: "everything", href: null }],
  ])("%j", (subject, words) => {
    expect(describeSubject(subject, emailOf)).toEqual(words);
  });
});
