"use client";

import { LogIn } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import { Dialog } from "@/ui/feedback/dialog";
import { listShortcuts, useShortcuts } from "@/ui/hooks/use-shortcuts";
import { Mark } from "@/ui/layout/mark";
import { SkipLink } from "@/ui/layout/skip-link";
import { useNeverRevived, useSessionEnded } from "@/ui/rpc/session-ended";
import { featurePages } from "../pages";
import { EnvironmentBadge } from "./environment";
import { NavRail, NavTabs } from "./nav-links";
import { placesFor } from "./places";
import { useMe } from "./use-me";
import { UserMenu } from "./user-menu";
import { withView } from "./view/view";

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
    <div className="flex flex-1 flex-col md:flex-row">
      <SkipLink />
      <header className="sticky top-0 z-20 flex h-12 items-center gap-3 border-b border-line bg-ground px-4 md:hidden">
        <Link href="/admin" prefetch={false} aria-label="Weir dashboard">
          <Mark className="size-6" />
        </Link>
        <EnvironmentBadge className="h-9 max-w-[60vw] min-w-28" />
        <div className="ml-auto">
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
      {isHelpOpen ? <HelpDialog onClose={() => setHelpOpen(false)} /> : null}
      {sessionEnded ? <SessionEndedDialog /> : null}
    </div>
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

const keyNames: Readonly<Record<string, string>> = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

function Keys({ keys }: { keys: string }) {
  return keys.split(" ").map((key) => (
    <kbd key={key} className="mr-1 rounded-[3px] border border-line-strong px-1.5 py-0.5 font-mono text-xs">
      {keyNames[key] ?? key}
    </kbd>
  ));
}

/** All shortcuts of the current page. */
function HelpDialog({ onClose }: { onClose: () => void }) {
  const all = listShortcuts();
  const isNavigation = ({ keys }: { keys: string }): boolean => keys.startsWith("g ");
  const lists = [
    ["This page", all.filter((shortcut) => !isNavigation(shortcut))],
    ["Go to", all.filter(isNavigation)],
  ] as const;
  return (
    <Dialog title="Keyboard shortcuts" shape="card" onClose={onClose}>
      {lists.map(([title, shortcuts]) => (
        <section key={title} className="mb-4 last:mb-0">
          <h3 className="caption mb-1.5">{title}</h3>
          <dl className="grid grid-cols-[5.5rem_1fr] items-baseline gap-x-3 gap-y-1.5">
            {shortcuts.map(({ keys, does }) => (
              <div key={keys} className="contents">
                <dt>
                  <Keys keys={keys} />
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}

/** Covers a page whose session has ended. Signing in returns to the same view. */
function SessionEndedDialog() {
  const [isDismissed, setDismissed] = useState(false);
  if (isDismissed) return null;
  const back = `${location.pathname}${location.search}`;
  return (
    <Dialog title="You are signed out" shape="card" isSteady onClose={() => setDismissed(true)}>
      <p className="text-muted">
        Your session has ended: you signed out in another tab, the session was revoked, or it expired. The data on this
        page may be out of date. Sign in again to return to this view.
      </p>
      <a
        data-focus-first
        href={`/sign-in?next=${encodeURIComponent(back)}`}
        className="mt-4 inline-flex h-8 items-center gap-1.5 rounded border border-accent bg-accent px-2.5 font-medium text-ground hover:border-ink hover:bg-ink"
      >
        <LogIn aria-hidden size={14} />
        Sign in again
      </a>
    </Dialog>
  );
}
