import { createParser, useQueryState } from "nuqs";
import type { CachePreviewInput } from "../contract";

export const targetKinds = ["group", "tags", "key", "all"] as const;
export type TargetKind = (typeof targetKinds)[number];

/** A target as entered so far; the fields of other kinds keep their text. */
export type TargetDraft = { kind: TargetKind; group: string; tags: string; key: string };

export const noTarget: TargetDraft = { kind: "group", group: "", tags: "", key: "" };

/** The server's limit. */
const maxTags = 100;

/** Splits tags at commas and white space, without duplicates. */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/u).filter((tag) => tag !== ""))];
}

/** The input for the server; null while the draft is incomplete. */
export function toTarget({ kind, group, tags, key }: TargetDraft): CachePreviewInput | null {
  switch (kind) {
    case "group":
      return group === "" ? null : { groups: [group] };
    case "tags": {
      const named = splitTags(tags);
      return named.length === 0 || named.length > maxTags ? null : { tags: named };
    }
    case "key":
      return group === "" || key === "" ? null : { keys: [{ group, key }] };
    case "all":
      return { all: true };
  }
}

/** The text to type as confirmation in production; empty while the draft is incomplete. */
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

/** A draft as text for the URL: `group:note.search`, `tags:note:42,notes:all`, `key:note.byId:42`, `all:`. */
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

/** The state of the dialog. It lives in the URL, so a prepared invalidation can be shared as a link. */
export function useInvalidateState(): InvalidateState {
  const [target, setTarget] = useQueryState("invalidate", parseTarget);
  return {
    target,
    open: (chosen = noTarget) => void setTarget(chosen),
    change: (chosen) => void setTarget(chosen),
    close: () => void setTarget(null),
  };
}
