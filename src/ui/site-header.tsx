import Link from "next/link";
import { Mark } from "./mark";
import { SkipLink } from "./skip-link";
import { ThemeSwitch } from "./theme-switch";

const places = [
  { href: "/", label: "Explorer" },
  { href: "/admin", label: "Dashboard" },
] as const;

/** The frame's upper edge: where one is, and where one may go. */
export function SiteHeader({ current }: { current: string | null }) {
  return (
    <header className="border-b border-line">
      <SkipLink />
      <div className="mx-auto flex h-12 max-w-[1440px] items-center gap-4 px-4 sm:gap-6 sm:px-6">
        <Link
          href="/"
          className="flex items-center gap-2 font-semibold tracking-tight"
          aria-label="Weir, to the explorer"
        >
          <Mark className="size-6" />
          <span className="max-[359px]:sr-only">Weir</span>
        </Link>
        <nav aria-label="Pages" className="flex h-full gap-4">
          {places.map(({ href, label }) => (
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
        <div className="ml-auto">
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}
