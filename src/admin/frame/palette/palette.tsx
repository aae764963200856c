"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useViewLink } from "../view/use-view-link";
import { addRecent, findEntries, type PaletteEntry, readRecent } from "./palette-entries";
import { usePaletteEntries } from "./use-palette-entries";

const recentKey = "weir.palette.recent";

function loadRecent(): string[] {
  try {
    return readRecent(localStorage.getItem(recentKey));
  } catch {
    // Storage may be blocked.
    return [];
  }
}

function saveRecent(recent: readonly string[]): void {
  try {
    localStorage.setItem(recentKey, JSON.stringify(recent));
  } catch {
    // Storage may be blocked; nothing is remembered then.
  }
}

export type PaletteProps = { hasFeatures: boolean; onHelp: () => void; onClose: () => void };

/** Finds pages, actions and names. The arrow keys choose, Enter opens, Escape closes. */
export default function Palette({ hasFeatures, onHelp, onClose }: PaletteProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const router = useRouter();
  const toView = useViewLink();
  const id = useId();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const [recent] = useState(loadRecent);
  const afterClose = useRef<(() => void) | null>(null);
  const entries = usePaletteEntries(query, hasFeatures, onHelp);
  const sections = findEntries(entries, query, recent);
  const options = sections.flatMap((section) => section.entries);
  const active = Math.min(chosen, options.length - 1);
  const optionId = (index: number): string => `${id}-option-${index}`;

  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
  }, []);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });

  function open(entry: PaletteEntry | undefined): void {
    if (entry === undefined) return;
    saveRecent(addRecent(recent, entry.id));
    // The dialog restores the focus first, so that another dialog can take it.
    afterClose.current = () => ("href" in entry ? router.push(toView(entry.href)) : entry.run());
    dialog.current?.close();
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    // Keys that choose a word of an input method are not for the list. 229 is what Safari sends for its Enter.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && options.length > 0) {
      event.preventDefault();
      setChosen((active + step + options.length) % options.length);
    } else if (event.key === "Home" || event.key === "End") {
      event.preventDefault();
      setChosen(event.key === "Home" ? 0 : options.length - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(options[active]);
    }
  }

  return (
    <dialog
      ref={dialog}
      aria-label="Command palette"
      className="mx-auto mt-[12vh] mb-auto w-[min(36rem,calc(100vw-2rem))] rounded-md border border-line bg-raised p-0 text-ink shadow-float backdrop:bg-black/35"
      onClose={() => {
        onClose();
        afterClose.current?.();
      }}
      onPointerDown={(event) => {
        if (event.target === event.currentTarget) dialog.current?.close();
      }}
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden size={16} className="shrink-0 text-muted" />
        <input
          type="text"
          role="combobox"
          aria-label="Go to a page, run an action, find a name"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? optionId(active) : undefined}
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="go"
          placeholder="Pages, actions, statements, procedures, groups, keys…"
          className="h-12 min-w-0 flex-1 bg-transparent text-[15px] outline-none placeholder:text-muted"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden className="rounded-[3px] border border-line px-1 font-mono text-xs text-muted max-sm:hidden">
          Esc
        </kbd>
      </div>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label="Results"
        className="max-h-[min(26rem,60vh)] overflow-y-auto py-1.5"
      >
        {sections.map(({ group, entries: found }) => (
          <div key={group} role="group" aria-labelledby={`${id}-${group}`}>
            <p id={`${id}-${group}`} className="px-4 pt-2 pb-1 text-[11px] leading-4 font-medium text-muted">
              {group}
            </p>
            {found.map((entry) => {
              const own = options.indexOf(entry);
              return (
                <div
                  key={entry.id}
                  id={optionId(own)}
                  role="option"
                  // The focus stays in the field.
                  tabIndex={-1}
                  aria-selected={own === active}
                  className="flex h-9 cursor-pointer items-center gap-3 px-4 aria-selected:bg-accent-soft"
                  onPointerMove={() => setChosen(own)}
                  onClick={() => open(entry)}
                >
                  <span className="min-w-0 flex-1 truncate">{entry.label}</span>
                  {entry.hint === undefined ? null : (
                    <kbd aria-hidden className="shrink-0 font-mono text-xs text-muted">
                      {entry.hint}
                    </kbd>
                  )}
                </div>
              );
            })}
          </div>
        ))}
      </div>
      <p role="status" className="border-t border-line px-4 py-2 text-xs text-muted">
        {options.length === 0
          ? `Nothing matches “${query.trim()}”. Names are found when they were active in the last 24 hours.`
          : `${options.length} ${options.length === 1 ? "result" : "results"}`}
      </p>
    </dialog>
  );
}
