"use client";

import Link from "next/link";
import { useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { withView } from "./view/view";

type Props = { href: string; className?: string; title?: string; children: ReactNode };

/** A link to another page of the dashboard that keeps range, refresh, comparison and nodes. */
export function ViewLink({ href, className = "", title, children }: Props) {
  const search = useSearchParams();
  return (
    <Link
      href={withView(href, new URLSearchParams(search))}
      title={title}
      prefetch={false}
      className={`hover:text-accent underline decoration-line-strong underline-offset-2 ${className}`}
    >
      {children}
    </Link>
  );
}
