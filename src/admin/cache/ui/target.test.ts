import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cachePreviewInput } from "../contract";
import { nameOfTarget, noTarget, parseTarget, splitTags, type TargetDraft, toTarget } from "./target";

const draft = (part: Partial<TargetDraft>): TargetDraft => ({ ...noTarget, ...part });

describe("a target", () => {
  it("is what the server is asked for, and nothing while it is not said", () => {
    expect(toTarget(draft({ group: "city.byId" }))).toEqual({ groups: ["city.byId"] });
    expect(toTarget(draft({ kind: "tags", tags: " country:JP, cities:all\ncountry:JP" }))).toEqual({
      tags: ["country:JP", "cities:all"],
    });
    expect(toTarget(draft({ kind: "key", group: "city.byId", key: "42" }))).toEqual({
      keys: [{ group: "city.byId", key: "42" }],
    });
    expect(toTarget(draft({ kind: "all" }))).toEqual({ all: true });
    for (const unsaid of [{}, { kind: "tags", tags: " , " }, { kind: "key", group: "city.byId" }] as const) {
      expect(toTarget(draft(unsaid))).toBeNull();
    }
  });

  it("has a name that can be typed to confirm it", () => {
    expect(nameOfTarget(draft({ group: "city.byId" }))).toBe("city.byId");
    expect(nameOfTarget(draft({ kind: "tags", tags: "country:JP" }))).toBe("country:JP");
    expect(nameOfTarget(draft({ kind: "tags", tags: "country:JP cities:all" }))).toBe("2 tags");
    expect(nameOfTarget(draft({ kind: "all" }))).toBe("everything");
  });

  it("survives the URL, and is one that the server accepts", () => {
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

  it("names no more tags than the server takes at once", () => {
    const tags = Array.from({ length: 101 }, (_, index) => `city:${index}`).join(" ");
    expect(splitTags(tags)).toHaveLength(101);
    expect(toTarget(draft({ kind: "tags", tags }))).toBeNull();
  });
});
