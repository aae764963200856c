"use client";

import { Lock } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { pageRoles } from "@/admin/pages";
import { PageBar } from "@/admin/frame/page-bar";
import { places } from "@/admin/frame/places";
import { useMe } from "@/admin/frame/use-me";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { roleDuties } from "./roles";

/** Stands in place of a page that needs a higher role: which one, and who can give it. */
export function Forbidden() {
  const me = useMe();
  const path = usePathname();
  // The server renders it under another address than the one that was asked for.
  const asked = useIsHydrated() ? path : null;
  const needed = asked === null ? undefined : pageRoles[asked];
  const label = places.find(({ path: href }) => href === asked)?.label;
  return (
    <>
      <PageBar title={label ?? "Not for your role"} />
      <div className="flex max-w-prose items-start gap-3 py-6" data-testid="forbidden">
        <Lock aria-hidden size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-muted" />
        <div className="space-y-2">
          <p className="font-medium">
            {needed === undefined ? "This page needs a higher role than yours." : `This page needs the role ${needed}.`}
          </p>
          {me === undefined || me === null ? null : (
            <p>
              You are signed in as {me.email}, and your role is {me.role}: it {roleDuties[me.role]}.
            </p>
          )}
          <p className="text-muted">
            Whoever gave you this account, or any other administrator, can change your role under Users. You sign in
            again then.
          </p>
          <p>
            <Link href="/admin" prefetch={false} className="text-accent underline underline-offset-2">
              To the overview
            </Link>
          </p>
        </div>
      </div>
    </>
  );
}
