import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cachePreviewInput } from "../contract";
import { nameOfTarget, noTarget, parseTarget, splitTags, type TargetDraft, toTarget } from "./target";

const draft = (part: Partial<TargetDraft>): TargetDraft => ({ ...noTarget, ...part });

describe("a target", () => {
  it("becomes the input for the server, or null while incomplete", () => {
    expect(toTarget(draft({ group: "note.byId" }))).toEqual({ groups: ["note.byId"] });
    expect(toTarget(draft({ kind: "tags", tags: " note:7, notes:all\nnote:7" }))).toEqual({
      tags: ["note:7", "notes:all"],
    });
    expect(toTarget(draft({ kind: "key", group: "note.byId", key: "42" }))).toEqual({
      keys: [{ group: "note.byId", key: "42" }],
    });
    expect(toTarget(draft({ kind: "all" }))).toEqual({ all: true });
    for (const incomplete of [{}, { kind: "tags", tags: " , " }, { kind: "key", group: "note.byId" }] as const) {
      expect(toTarget(draft(incomplete))).toBeNull();
    }
  });

  it("has a name to type as confirmation", () => {
    expect(nameOfTarget(draft({ group: "note.byId" }))).toBe("note.byId");
    expect(nameOfTarget(draft({ kind: "tags", tags: "note:7" }))).toBe("note:7");
    expect(nameOfTarget(draft({ kind: "tags", tags: "note:7 notes:all" }))).toBe("2 tags");
    expect(nameOfTarget(draft({ kind: "all" }))).toBe("everything");
  });

  it("survives the URL and passes the server's validation", () => {
    const word = fc.stringMatching(/^[\w.:-]{1,20}$/);
    const name = fc.stringMatching(/^[\w.-]{1,20}$/);
    const any = fc.oneof(
      name.map((group) => draft({ group })),
      fc.array(word, { minLength: 1, maxLength: 5 }).map((tags) => draft({ kind: "tags", tags: tags.join(", ") })),
      fc.tuple(name, word).map(([group, key]) => draft({ kind: "key", group, key })),
      fc.constant(draft({ kind: "all" })),
    );
    fc.assert(
      fc.property(any, (target) => {
        expect(parseTarget.parse(parseTarget.serialize(target))).toEqual(target);
        expect(cachePreviewInput.safeParse(toTarget(target)).success).toBe(true);
      }),
    );
  });

  it("is null beyond the server's limit of tags", () => {
    const tags = Array.from({ length: 101 }, (_, index) => `note:${index}`).join(" ");
    expect(splitTags(tags)).toHaveLength(101);
    expect(toTarget(draft({ kind: "tags", tags }))).toBeNull();
  });
});
