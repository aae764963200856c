"use client";

import { ChevronsUpDown, CircleUser, Globe, Keyboard, LogOut } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { requestSignOut } from "@/admin/sign-in/ui/sign-in-request";
import { Menu, menuItemLook } from "@/ui/controls/menu";
import { ThemeSwitch } from "@/ui/controls/theme-switch";
import { Skeleton } from "@/ui/feedback/skeleton";
import { featurePages } from "../feature-pages";
import { useMe } from "./use-me";

function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== "");
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => /^./u.exec(word ?? "")?.[0] ?? "")
    .join("");
}

function SignOut() {
  const [state, setState] = useState<"ready" | "busy" | "failed">("ready");
  async function signOut(): Promise<void> {
    setState("busy");
    // A full page load, so that no data of the session stays in memory.
    if (await requestSignOut()) location.assign("/sign-in");
    else setState("failed");
  }
  return (
    <>
      <button
        type="button"
        aria-disabled={state === "busy"}
        className={menuItemLook}
        onClick={() => void (state === "busy" ? undefined : signOut())}
      >
        <LogOut aria-hidden size={15} strokeWidth={1.75} />
        <span>{state === "busy" ? "Signing out…" : "Sign out"}</span>
      </button>
      <p role="alert" className="px-3 text-[13px] text-act empty:hidden">
        {state === "failed" ? "Could not reach the server. You are still signed in." : ""}
      </p>
    </>
  );
}

type Props = { isWide: boolean; hasFeatures: boolean; onHelp: () => void };

/** The menu of the signed-in user. `isWide` shows name and role next to the initials. */
export function UserMenu({ isWide, hasFeatures, onHelp }: Props) {
  const me = useMe();
  if (me === undefined || me === null) {
    return <Skeleton className={isWide ? "h-11 w-full" : "size-8 rounded-full"} />;
  }
  const badge = (
    <span
      aria-hidden
      className="grid size-7 shrink-0 place-items-center rounded-full bg-accent-soft text-[11px] font-semibold text-accent uppercase"
    >
      {initials(me.name)}
    </span>
  );
  return (
    <Menu
      label={`Signed in as ${me.name}, ${me.role}`}
      triggerClassName={
        isWide
          ? "flex h-11 w-full items-center gap-2.5 rounded px-2 text-left hover:bg-sunken"
          : "grid size-9 place-items-center rounded-full"
      }
      trigger={
        isWide ? (
          <>
            {badge}
            <span className="min-w-0 flex-1 leading-4">
              <span className="block truncate text-[13px] font-medium">{me.name}</span>
              <span className="block text-xs text-muted">{me.role}</span>
            </span>
            <ChevronsUpDown aria-hidden size={14} className="text-muted" />
          </>
        ) : (
          badge
        )
      }
    >
      <div className="border-b border-line px-3 pt-1 pb-2">
        <p className="max-w-56 truncate font-medium">{me.name}</p>
        <p className="caption max-w-56 truncate">{`${me.email} · ${me.role}`}</p>
      </div>
      <div className="py-1.5">
        <Link href="/admin/account" prefetch={false} className={menuItemLook}>
          <CircleUser aria-hidden size={15} strokeWidth={1.75} />
          Account and sessions
        </Link>
        {featurePages.flatMap(({ path, navigation }) =>
          navigation === undefined || !hasFeatures
            ? []
            : [
                <Link key={path} href={path} prefetch={false} className={menuItemLook}>
                  <Globe aria-hidden size={15} strokeWidth={1.75} />
                  <span>{navigation.label}</span>
                </Link>,
              ],
        )}
        <button type="button" data-closes className={menuItemLook} onClick={onHelp}>
          <Keyboard aria-hidden size={15} strokeWidth={1.75} />
          Keyboard shortcuts
        </button>
      </div>
      <div className="flex items-center justify-between gap-4 border-y border-line py-2 pr-2 pl-3">
        Theme
        <ThemeSwitch />
      </div>
      <div className="pt-1.5">
        <SignOut />
      </div>
    </Menu>
  );
}
