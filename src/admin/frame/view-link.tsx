"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { useViewLink } from "./view/use-view-link";

type Props = { href: string; className?: string; title?: string; children: ReactNode };

/** A link to another page of the dashboard that keeps range, refresh, comparison and nodes. */
export function ViewLink({ href, className = "", title, children }: Props) {
  const toView = useViewLink();
  return (
    <Link
      href={toView(href)}
      title={title}
      prefetch={false}
      className={`hover:text-accent underline decoration-line-strong underline-offset-2 ${className}`}
    >
      {children}
    </Link>
  );
}
