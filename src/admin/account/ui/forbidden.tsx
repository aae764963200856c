"use client";

import { Lock } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { PageBar } from "@/admin/frame/page-bar";
import { places } from "@/admin/frame/places";
import { useMe } from "@/admin/frame/use-me";
import { pageRoles } from "@/admin/pages";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { roleDuties } from "./roles";

/** Replaces a page that requires a higher role: which role, and how to get it. */
export function Forbidden() {
  const me = useMe();
  const path = usePathname();
  // The server renders this under another path than the requested one.
  const requested = useIsHydrated() ? path : null;
  const needed = requested === null ? undefined : pageRoles[requested];
  const title = places.find(({ path: href }) => href === requested)?.title;
  return (
    <>
      <PageBar title={title ?? "Access denied"} />
      <div className="flex max-w-prose items-start gap-3 py-6" data-testid="forbidden">
        <Lock aria-hidden size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-muted" />
        <div className="space-y-2">
          <p className="font-medium">
            {needed === undefined ? "This page requires a higher role." : `This page requires the ${needed} role.`}
          </p>
          {me === undefined || me === null ? null : (
            <p>{`You are signed in as ${me.email} with the ${me.role} role, which ${roleDuties[me.role]}.`}</p>
          )}
          <p className="text-muted">
            An administrator can change your role on the Users page. You then need to sign in again.
          </p>
          <p>
            <Link href="/admin" prefetch={false} className="text-accent underline underline-offset-2">
              Go to the overview
            </Link>
          </p>
        </div>
      </div>
    </>
  );
}
