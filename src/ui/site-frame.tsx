import type { ReactNode } from "react";
import { SiteFooter } from "./site-footer";
import { SiteHeader } from "./site-header";

/** What surrounds every page outside the dashboard. `current` is the place that the header marks. */
export function SiteFrame({ current = null, children }: { current?: string | null; children: ReactNode }) {
  return (
    <>
      <SiteHeader current={current} />
      <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[1440px] flex-1 px-4 sm:px-6">
        {children}
      </main>
      <SiteFooter />
    </>
  );
}
