"use client";

import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { type ComponentType, type ReactNode, Suspense, useId } from "react";
import { Menu } from "@/ui/controls/menu";
import { pageGroups } from "../pages";
import { type Place, placesFor } from "./places";
import { useMe } from "./use-me";
import { withView } from "./view/view";

type NavProps = { className: string };
type LinksProps = NavProps & { hrefOf: (place: Place) => string };

/** The pages that the signed-in user may see. Public pages show before the role is known. */
function useGroups(): { title: string; places: readonly Place[] }[] {
  const me = useMe();
  const visible = placesFor(me?.role ?? "viewer");
  return pageGroups
    .map((title) => ({ title, places: visible.filter(({ group }) => group === title) }))
    .filter(({ places }) => places.length > 0);
}

/** Renders the links so that they keep the view. A page that is built ahead has no URL yet, and links without a view. */
function WithView({ of: Links, className }: NavProps & { of: ComponentType<LinksProps> }) {
  return (
    <Suspense fallback={<Links className={className} hrefOf={({ path }) => path} />}>
      <KeepingView of={Links} className={className} />
    </Suspense>
  );
}

function KeepingView({ of: Links, className }: NavProps & { of: ComponentType<LinksProps> }) {
  const search = useSearchParams();
  return <Links className={className} hrefOf={({ path }) => withView(path, search)} />;
}

/** The column of links beside the page, in groups, each with its shortcut on hover. */
export const NavRail = ({ className }: NavProps) => <WithView of={RailLinks} className={className} />;

/**
 * The pages on a phone: up to four tabs within reach of the thumb, and a menu with the rest. The tab of the menu takes the
 * name of the current page if that is in it.
 */
export const NavTabs = ({ className }: NavProps) => <WithView of={TabLinks} className={className} />;

const railLinkLook =
  "flex h-8 shrink-0 items-center gap-2.5 rounded px-2 text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink";

function RailLinks({ className, hrefOf }: LinksProps) {
  const current = usePathname();
  const groups = useGroups();
  const id = useId();
  return (
    <nav aria-label="Dashboard" className={className}>
      {groups.map(({ title, places }, index) => {
        const headingId = `${id}-${index}`;
        // The first group is the overview alone, and needs no heading to be found.
        const isNamed = index > 0;
        return (
          <div key={title} className={`flex shrink-0 flex-col gap-0.5 ${isNamed ? "mt-4" : ""}`}>
            {isNamed ? (
              <p id={headingId} className="px-2 pb-1 text-[11px] leading-4 font-medium text-muted">
                {title}
              </p>
            ) : null}
            <ul className="flex flex-col gap-0.5" {...(isNamed ? { "aria-labelledby": headingId } : {})}>
              {places.map((place) => (
                <li key={place.path}>
                  <Link
                    href={hrefOf(place)}
                    prefetch={false}
                    aria-current={current === place.path ? "page" : undefined}
                    aria-keyshortcuts={`g ${place.key}`}
                    className={railLinkLook}
                  >
                    <place.Icon aria-hidden size={16} strokeWidth={1.75} className="shrink-0" />
                    <span>{place.title}</span>
                    <kbd
                      aria-hidden
                      className="ml-auto font-mono text-[11px] text-muted opacity-0 group-hover/nav:opacity-100"
                    >
                      {`g ${place.key}`}
                    </kbd>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

const tabLook =
  "flex h-14 min-w-0 flex-1 flex-col items-center justify-center gap-0.5 border-t-2 border-transparent text-[11px] leading-4 text-muted focus-visible:-outline-offset-2";
const currentTabLook = "border-accent font-medium text-ink";

function TabContent({ place: { Icon }, children }: { place: Pick<Place, "Icon">; children: ReactNode }) {
  return (
    <>
      <Icon aria-hidden size={20} strokeWidth={1.75} className="shrink-0" />
      <span className="max-w-full truncate px-0.5">{children}</span>
    </>
  );
}

function TabLinks({ className, hrefOf }: LinksProps) {
  const current = usePathname();
  const groups = useGroups();
  const all = groups.flatMap(({ places }) => places);
  const tabs = all.filter(({ isTab = false }) => isTab);
  const hidden = all.find(({ path, isTab = false }) => path === current && !isTab);
  return (
    <nav aria-label="Dashboard" className={className}>
      {tabs.map((place) => (
        <Link
          key={place.path}
          href={hrefOf(place)}
          prefetch={false}
          aria-current={current === place.path ? "page" : undefined}
          className={`${tabLook} ${current === place.path ? currentTabLook : ""}`}
        >
          <TabContent place={place}>{place.title}</TabContent>
        </Link>
      ))}
      <Menu
        label={hidden === undefined ? "More pages" : `More pages, now ${hidden.title}`}
        triggerClassName={`${tabLook} ${hidden === undefined ? "" : currentTabLook}`}
        trigger={
          <TabContent place={hidden ?? { Icon: Ellipsis }}>{hidden === undefined ? "More" : hidden.title}</TabContent>
        }
      >
        {groups.map(({ title, places }) => (
          <div key={title} className="border-b border-line py-1 last:border-b-0">
            <p className="px-3 pt-1 text-[11px] leading-4 font-medium text-muted">{title}</p>
            {places.map((place) => (
              <Link
                key={place.path}
                href={hrefOf(place)}
                prefetch={false}
                aria-current={current === place.path ? "page" : undefined}
                className="flex h-11 items-center gap-2.5 px-3 hover:bg-sunken focus-visible:-outline-offset-2 aria-[current=page]:font-medium aria-[current=page]:text-accent"
              >
                <place.Icon aria-hidden size={16} strokeWidth={1.75} />
                <span>{place.title}</span>
              </Link>
            ))}
          </div>
        ))}
      </Menu>
    </nav>
  );
}
