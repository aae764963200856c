"use client";

// Also rendered by the pages for errors, which belong to every route: on the server, the list of pages would bring the code of all
// features along.
import Link from "next/link";
import type { ReactNode } from "react";
import { featurePages } from "@/admin/feature-pages";
import { ThemeSwitch } from "@/ui/controls/theme-switch";
import { Mark } from "@/ui/layout/mark";
import { SkipLink } from "@/ui/layout/skip-link";

const links = [
  ...featurePages.flatMap(({ path: href, navigation, role }) =>
    navigation === undefined || role !== undefined ? [] : [{ href, label: navigation.label }],
  ),
  { href: "/admin", label: "Dashboard" },
];

/** The frame of every page outside the dashboard. `current` is the link to highlight. */
export function SiteFrame({ current = null, children }: { current?: string | null; children: ReactNode }) {
  return (
    <>
      <header className="border-b border-line">
        <SkipLink />
        <div className="mx-auto flex h-12 max-w-[1440px] items-center gap-4 px-4 sm:gap-6 sm:px-6">
          <Link
            href="/"
            className="flex shrink-0 items-center gap-2 font-semibold tracking-tight"
            aria-label="Weir home"
          >
            <Mark className="size-6" />
            <span className="max-[359px]:sr-only">Weir</span>
          </Link>
          {/* However many features there are: what does not fit is scrolled to. */}
          <nav aria-label="Pages" className="flex h-full min-w-0 gap-4 overflow-x-auto whitespace-nowrap">
            {links.map(({ href, label }) => (
              <Link
                key={href}
                href={href}
                prefetch={false}
                aria-current={current === href ? "page" : undefined}
                className="flex items-center border-b-2 border-transparent pt-0.5 text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
              >
                {label}
              </Link>
            ))}
          </nav>
          <div className="ml-auto shrink-0">
            <ThemeSwitch />
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[1440px] flex-1 px-4 pb-12 sm:px-6">
        {children}
      </main>
    </>
  );
}
