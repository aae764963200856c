import { type RefObject, useEffect, useRef } from "react";

/**
 * For the form that a page is there for: its first field has the focus as soon as the page runs, unless the reader has
 * put it elsewhere by then.
 */
export function useFirstFocus<Form extends HTMLElement>(isWanted: boolean): RefObject<Form | null> {
  const form = useRef<Form>(null);
  useEffect(() => {
    if (!isWanted || document.activeElement !== document.body) return;
    form.current?.querySelector<HTMLElement>("input:not([hidden])")?.focus();
  }, [isWanted]);
  return form;
}
