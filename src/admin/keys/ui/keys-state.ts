import { debounce, parseAsString, useQueryState } from "nuqs";
import { readKey } from "./tree/prefix-tree";

export type KeysState = {
  /** The start of `group:key`; empty for the groups. */
  prefix: string;
  /** The key that the sheet shows. */
  opened: { group: string; key: string } | null;
  /** The prefix that the dialog deletes; null while it is closed. */
  deleting: string | null;
  setPrefix: (prefix: string) => void;
  /** While the user types: replaces the entry of the browser's history. */
  typePrefix: (prefix: string) => void;
  setOpened: (opened: { group: string; key: string } | null) => void;
  setDeleting: (prefix: string | null) => void;
};

/** What this page shows beside the view that all pages share (`useView`). It lives in the URL too. */
export function useKeysState(): KeysState {
  const [prefix, setPrefix] = useQueryState("prefix", parseAsString.withDefault(""));
  const [opened, setOpened] = useQueryState("key", parseAsString);
  const [deleting, setDeleting] = useQueryState("delete", parseAsString);
  return {
    prefix,
    opened: opened === null ? null : readKey(opened),
    deleting,
    setPrefix: (value) => void setPrefix(value === "" ? null : value, { history: "push" }),
    typePrefix: (value) => void setPrefix(value === "" ? null : value, { limitUrlUpdates: debounce(300) }),
    setOpened: (value) => void setOpened(value === null ? null : `${value.group}:${value.key}`),
    setDeleting: (value) => void setDeleting(value),
  };
}
