import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { requestSignOut } from "@/admin/sign-in/ui/sign-in-request";
import { hasRole } from "@/server/auth/roles";
import { useSettled } from "@/ui/hooks/timers";
import { useTRPC } from "@/ui/rpc/provider";
import { chooseTheme, themes } from "@/ui/theme";
import { featurePages } from "../../feature-pages";
import { pageLinks } from "../links";
import { placesFor } from "../places";
import { useMe } from "../use-me";
import { useView } from "../view/use-view";
import type { PaletteEntry } from "./palette-entries";

/** Names that ran or were read in this time can be found. */
const knownOver = "24h";
const minKeyLength = 2;

/** `note.byId:4` and its page; null for a text that names no group. */
function keyTarget(query: string, groups: readonly string[]): { group: string; prefix: string } | null {
  const text = query.trim();
  const group = groups.find((name) => text.startsWith(`${name}:`));
  return group === undefined ? null : { group, prefix: text.slice(group.length + 1) };
}

/** Everything that the palette can lead to: pages, actions, and what telemetry and the cache know by name. */
export function usePaletteEntries(query: string, hasFeatures: boolean, onHelp: () => void): PaletteEntry[] {
  const trpc = useTRPC();
  const view = useView();
  const me = useMe();
  const role = me?.role ?? "viewer";
  const known = useQuery(
    trpc.insights.overview.queryOptions({ range: knownOver }, { staleTime: 30_000, gcTime: 300_000 }),
  ).data;
  const groups = known?.cache.groups.map(({ group }) => group) ?? [];
  const settled = useSettled(query, 200);
  const target = keyTarget(settled, groups);
  const keys = useQuery(
    trpc.insights.cacheKeys.queryOptions(
      { prefix: settled.trim(), limit: 5 },
      { enabled: target !== null && settled.trim().length >= minKeyLength, placeholderData: keepPreviousData },
    ),
  ).data;

  const signOut = async (): Promise<void> => {
    // A full page load, so that no data of the session stays in memory.
    if (await requestSignOut()) location.assign("/sign-in");
  };
  const isPaused = view.refresh === "off";
  return [
    ...placesFor(role).map(({ path, title, key }): PaletteEntry => {
      return { id: `page:${path}`, group: "Pages", label: title, hint: `g ${key}`, words: "go to", href: path };
    }),
    ...featurePages.flatMap(({ path, navigation }): PaletteEntry[] =>
      navigation === undefined || !hasFeatures
        ? []
        : [{ id: `page:${path}`, group: "Pages", label: navigation.label, hint: `g ${navigation.key}`, href: path }],
    ),
    ...(hasRole(role, "operator")
      ? ([
          {
            id: "action:invalidate",
            group: "Actions",
            label: "Invalidate…",
            words: "clear purge delete cache entries",
            href: "/admin?invalidate=group:",
          },
        ] satisfies PaletteEntry[])
      : []),
    {
      id: "action:pause",
      group: "Actions",
      label: isPaused ? "Go live" : "Pause",
      hint: ".",
      words: "pause resume refresh live stop",
      run: view.togglePause,
    },
    {
      id: "action:compare",
      group: "Actions",
      label: view.compare ? "Stop comparing" : "Compare with the previous period",
      hint: "=",
      words: "compare before",
      run: () => view.setCompare(!view.compare),
    },
    ...themes.map((theme): PaletteEntry => {
      return {
        id: `action:theme-${theme}`,
        group: "Actions",
        label: `Theme: ${theme}`,
        words: "appearance colour color dark light",
        run: () => chooseTheme(theme),
      };
    }),
    { id: "action:help", group: "Actions", label: "Keyboard shortcuts", hint: "?", words: "help keys", run: onHelp },
    { id: "action:sign-out", group: "Actions", label: "Sign out", words: "log out leave", run: () => void signOut() },
    ...(known?.statements ?? []).map(({ name, text }): PaletteEntry => {
      return {
        id: `statement:${name}`,
        group: "Statements",
        label: name,
        words: text,
        href: pageLinks.statement(name),
      };
    }),
    ...(known?.procedures ?? []).map(({ name }): PaletteEntry => {
      return { id: `procedure:${name}`, group: "Procedures", label: name, href: pageLinks.procedure(name) };
    }),
    ...groups.map((name): PaletteEntry => {
      return { id: `group:${name}`, group: "Cache groups", label: name, href: pageLinks.group(name) };
    }),
    ...groups.map((name): PaletteEntry => {
      return {
        id: `keys:${name}`,
        group: "Keys",
        label: `${name}:*`,
        words: "keys prefix",
        href: pageLinks.keys(name),
      };
    }),
    ...(target === null ? [] : (keys?.keys ?? [])).map(({ group, key }): PaletteEntry => {
      return { id: `key:${group}:${key}`, group: "Keys", label: `${group}:${key}`, href: pageLinks.keys(group, key) };
    }),
  ];
}
