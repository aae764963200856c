"use client";

import { useQuery } from "@tanstack/react-query";
import type { InsightsEnvironment } from "@/admin/insights/contract/overview";
import { useIsHydrated } from "@/ui/hooks/use-is-hydrated";
import { useTRPC } from "@/ui/rpc/provider";

const words = { production: "Production", development: "Development", test: "Test" } as const;

/** The current environment. Production stands out so that it is not mistaken for another. */
export function EnvironmentBadge({ className = "" }: { className?: string }) {
  const environment = useEnvironment();
  if (environment === null) return <span className={`block ${className}`} aria-hidden />;
  const { name, host, nodeId } = environment;
  const look = name === "production" ? "border-ink bg-ink text-ground" : "border-dashed border-line-strong text-muted";
  return (
    <p
      data-environment={name}
      title={`${words[name]} at ${host}, reported by node ${nodeId}`}
      className={`flex flex-col justify-center rounded border px-2.5 leading-4 ${look} ${className}`}
    >
      <span className="text-[11px] font-semibold tracking-[0.08em] uppercase">{words[name]}</span>
      <span className="truncate text-xs opacity-80">{host}</span>
    </p>
  );
}

/** The environment as reported by the server; null until it is known. */
export function useEnvironment(): (InsightsEnvironment & { host: string }) | null {
  const trpc = useTRPC();
  const isHydrated = useIsHydrated();
  const { data } = useQuery(
    trpc.insights.environment.queryOptions(undefined, {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: Number.POSITIVE_INFINITY,
      retry: true,
      retryDelay: 5_000,
    }),
  );
  return data === undefined || !isHydrated ? null : { ...data, host: data.publicHost ?? location.host };
}
