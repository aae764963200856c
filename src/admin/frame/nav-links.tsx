"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { hasRole, type Role } from "@/server/auth/contract";
import { type Place, places } from "./places";
import { useMe } from "./use-me";

/** The pages that a role may see. */
export function placesFor(role: Role): readonly Place[] {
  return places.filter((place) => hasRole(role, place.role));
}

type Props = { className: string; linkClassName: string; iconSize: number; showsKeys?: boolean };

/** The links to the pages, with the current one marked. Public pages show immediately, the rest once the role is known. */
export function NavLinks({ className, linkClassName, iconSize, showsKeys = false }: Props) {
  const current = usePathname();
  const me = useMe();
  return (
    <nav aria-label="Dashboard" className={className}>
      {placesFor(me?.role ?? "viewer").map(({ path: href, label, Icon, key }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={current === href ? "page" : undefined}
          aria-keyshortcuts={`g ${key}`}
          className={linkClassName}
        >
          <Icon aria-hidden size={iconSize} strokeWidth={1.75} className="shrink-0" />
          <span>{label}</span>
          {showsKeys ? (
            <kbd aria-hidden className="ml-auto font-mono text-[11px] text-muted opacity-0 group-hover/nav:opacity-100">
              g {key}
            </kbd>
          ) : null}
        </Link>
      ))}
    </nav>
  );
}
