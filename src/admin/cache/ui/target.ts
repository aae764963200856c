import { createParser, useQueryState } from "nuqs";
import type { CachePreviewInput } from "../contract";

export const targetKinds = ["group", "tags", "key", "all"] as const;
export type TargetKind = (typeof targetKinds)[number];

/** What one is about to invalidate, as far as it has been said: fields of kinds that were left keep their text. */
export type TargetDraft = { kind: TargetKind; group: string; tags: string; key: string };

export const noTarget: TargetDraft = { kind: "group", group: "", tags: "", key: "" };

/** The server takes this many at once. */
const mostTags = 100;

/** Tags as one writes them: separated by commas or white space, each once. */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/u).filter((tag) => tag !== ""))];
}

/** What the server is asked to hit; null while the draft does not say it. */
export function toTarget({ kind, group, tags, key }: TargetDraft): CachePreviewInput | null {
  switch (kind) {
    case "group":
      return group === "" ? null : { groups: [group] };
    case "tags": {
      const named = splitTags(tags);
      return named.length === 0 || named.length > mostTags ? null : { tags: named };
    }
    case "key":
      return group === "" || key === "" ? null : { keys: [{ group, key }] };
    case "all":
      return { all: true };
  }
}

/** What has to be typed in production before it is done; the empty text where the draft names nothing. */
export function nameOfTarget({ kind, group, tags, key }: TargetDraft): string {
  switch (kind) {
    case "group":
      return group;
    case "tags": {
      const named = splitTags(tags);
      return named.length > 1 ? `${named.length} tags` : (named[0] ?? "");
    }
    case "key":
      return key;
    case "all":
      return "everything";
  }
}

/** A draft as text for the URL: `group:city.search`, `tags:country:JP,cities:all`, `key:city.byId:42`, `all:`. */
export const parseTarget = createParser<TargetDraft>({
  parse: (text) => {
    const [kind, rest] = [text.slice(0, Math.max(0, text.indexOf(":"))), text.slice(text.indexOf(":") + 1)];
    switch (kind) {
      case "group":
        return { ...noTarget, group: rest };
      case "tags":
        return { ...noTarget, kind, tags: rest };
      case "key": {
        const at = rest.indexOf(":");
        return at === -1
          ? { ...noTarget, kind, group: rest }
          : { ...noTarget, kind, group: rest.slice(0, at), key: rest.slice(at + 1) };
      }
      case "all":
        return { ...noTarget, kind };
      default:
        return null;
    }
  },
  serialize: ({ kind, group, tags, key }) => {
    if (kind === "group") return `group:${group}`;
    if (kind === "tags") return `tags:${tags}`;
    return kind === "key" ? `key:${group}:${key}` : "all:";
  },
  eq: (a, b) => a.kind === b.kind && a.group === b.group && a.tags === b.tags && a.key === b.key,
});

export type InvalidateState = {
  /** Null while the dialog is closed. */
  target: TargetDraft | null;
  open: (target?: TargetDraft) => void;
  change: (target: TargetDraft) => void;
  close: () => void;
};

/** The dialog for invalidating, as part of the URL: a prepared invalidation can be handed to somebody as a link. */
export function useInvalidateState(): InvalidateState {
  const [target, setTarget] = useQueryState("invalidate", parseTarget);
  return {
    target,
    open: (chosen = noTarget) => void setTarget(chosen),
    change: (chosen) => void setTarget(chosen),
    close: () => void setTarget(null),
  };
}
