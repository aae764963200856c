import { type RefObject, useEffect, useRef } from "react";

/**
 * Focuses the first field of a page's main form once the page is interactive, unless the user has moved the focus by
 * then.
 */
export function useFirstFocus<Form extends HTMLElement>(isWanted: boolean): RefObject<Form | null> {
  const form = useRef<Form>(null);
  useEffect(() => {
    if (!isWanted || document.activeElement !== document.body) return;
    form.current?.querySelector<HTMLElement>("input:not([hidden])")?.focus();
  }, [isWanted]);
  return form;
}
