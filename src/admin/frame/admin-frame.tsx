"use client";

import { Search } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from "react";
import { useShortcuts } from "@/ui/hooks/use-shortcuts";
import { Mark } from "@/ui/layout/mark";
import { SkipLink } from "@/ui/layout/skip-link";
import { useNeverRevived, useSessionEnded } from "@/ui/rpc/session-ended";
import { featurePages } from "../feature-pages";
import { EnvironmentBadge } from "./environment";
import { LiveStream } from "./live/live-stream";
import { NavRail, NavTabs } from "./nav-links";
import { placesFor } from "./places";
import { useMe } from "./use-me";
import { UserMenu } from "./user-menu";
import { withView } from "./view/view";

// Most visits open none of them.
const Palette = lazy(() => import("./palette/palette"));
const HelpDialog = lazy(() => import("./help-dialog"));
const SessionEndedDialog = lazy(() => import("./session-ended-dialog"));

/** Opens the palette on Ctrl K or ⌘ K, also from a field, but not over another dialog. */
function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isWanted = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === "k";
      if (!isWanted || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      open();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [open]);
}

/**
 * The frame of every page of the dashboard: environment, navigation, user menu and global shortcuts. A column on the left;
 * on a phone a bar at the top and the pages as tabs at the bottom, within reach of the thumb.
 * `hasFeatures` adds links to the pages of features. The button that opens a table row has `data-row-button`.
 */
export function AdminFrame({ hasFeatures = true, children }: { hasFeatures?: boolean; children: ReactNode }) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const router = useRouter();
  const me = useMe();
  const sessionEnded = useSessionEnded() || me === null;
  useNeverRevived();
  const help = (): void => setHelpOpen(true);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const openPalette = useCallback(() => setPaletteOpen(true), []);
  usePaletteKey(openPalette);
  const path = usePathname();
  const mustChangePassword = me?.mustChangePassword === true && path !== "/admin/account";
  useEffect(() => {
    // The server rejects every other page until then.
    if (mustChangePassword) router.replace("/admin/account");
  }, [mustChangePassword, router]);

  useShortcuts([
    { keys: "j", does: "Next row", run: () => moveToRow(1) },
    { keys: "k", does: "Previous row", run: () => moveToRow(-1) },
    { keys: "Enter", does: "Open the row", run: null },
    { keys: "Escape", does: "Close, or leave the field", run: null },
    { keys: "Ctrl+K", does: "Open the command palette", run: null },
    { keys: "?", does: "Show this list", run: help },
    ...placesFor(me?.role ?? "viewer").map(({ path: href, title, key }) => ({
      keys: `g ${key}`,
      does: title,
      run: () => router.push(withView(href, new URLSearchParams(location.search))),
    })),
    ...featurePages.flatMap(({ path: href, navigation }) =>
      navigation === undefined || !hasFeatures
        ? []
        : [{ keys: `g ${navigation.key}`, does: navigation.label, run: () => router.push(href) }],
    ),
  ]);

  return (
    <LiveStream>
      <div className="flex flex-1 flex-col md:flex-row">
        <SkipLink />
        <header className="sticky top-0 z-20 flex h-12 items-center gap-3 border-b border-line bg-ground px-4 md:hidden">
          <Link href="/admin" prefetch={false} aria-label="Weir dashboard">
            <Mark className="size-6" />
          </Link>
          <EnvironmentBadge className="h-9 max-w-[60vw] min-w-28" />
          <button
            type="button"
            aria-label="Command palette"
            aria-haspopup="dialog"
            className="ml-auto grid size-9 place-items-center rounded text-muted hover:text-ink"
            onClick={openPalette}
          >
            <Search aria-hidden size={18} strokeWidth={1.75} />
          </button>
          <div>
            <UserMenu isWide={false} hasFeatures={hasFeatures} onHelp={help} />
          </div>
        </header>
        <header className="group/nav sticky top-0 hidden h-dvh w-52 shrink-0 flex-col border-r border-line px-3 py-3 md:flex">
          <Link
            href="/admin"
            prefetch={false}
            aria-label="Weir dashboard"
            className="flex h-8 w-fit items-center gap-2 rounded px-2 font-semibold tracking-tight"
          >
            <Mark className="size-6" />
            Weir
          </Link>
          <EnvironmentBadge className="mt-3 h-11" />
          <button
            type="button"
            aria-label="Command palette"
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K Meta+K"
            className="mt-3 flex h-8 shrink-0 items-center gap-2.5 rounded border border-line px-2 text-muted hover:bg-sunken hover:text-ink"
            onClick={openPalette}
          >
            <Search aria-hidden size={14} />
            <span aria-hidden>Search</span>
            <kbd aria-hidden className="ml-auto font-mono text-[11px]">
              Ctrl K
            </kbd>
          </button>
          <NavRail className="mt-4 flex min-h-0 flex-1 flex-col overflow-y-auto p-0.5" />
          <div className="border-t border-line pt-2">
            <UserMenu isWide hasFeatures={hasFeatures} onHelp={help} />
          </div>
        </header>
        <main
          id="main"
          tabIndex={-1}
          className="mx-auto w-full max-w-[1440px] min-w-0 flex-1 px-4 pb-24 outline-none sm:px-6 md:pb-12"
        >
          {children}
        </main>
        <NavTabs className="fixed inset-x-0 bottom-0 z-20 flex border-t border-line bg-raised pb-[env(safe-area-inset-bottom)] md:hidden" />
        <Suspense>
          {isHelpOpen ? <HelpDialog onClose={() => setHelpOpen(false)} /> : null}
          {isPaletteOpen ? (
            <Palette hasFeatures={hasFeatures} onHelp={help} onClose={() => setPaletteOpen(false)} />
          ) : null}
          {sessionEnded ? <SessionEndedDialog /> : null}
        </Suspense>
      </div>
    </LiveStream>
  );
}

/** Moves the focus to the button of the next (`step` 1) or previous (-1) row, across all tables of the page. */
function moveToRow(step: 1 | -1): void {
  const buttons = [...document.querySelectorAll<HTMLElement>("[data-row-button]")];
  const now = buttons.findIndex((button) => button === document.activeElement);
  const next =
    now === -1 ? (step === 1 ? 0 : buttons.length - 1) : Math.min(buttons.length - 1, Math.max(0, now + step));
  buttons[next]?.focus();
}
