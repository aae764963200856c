import { Skeleton } from "@/ui/feedback/skeleton";

const tiles = ["hit rate", "loads", "reads", "requests", "errors", "p95"] as const;
const verdicts = ["cache", "errors", "pool", "nodes"] as const;
const rows = ["a", "b", "c", "d", "e", "f"] as const;

/** Holds the places of the figures until they come. */
export function DashboardSkeleton() {
  return (
    <div role="status" aria-label="The figures are on their way" className="mt-4 space-y-9">
      <div className="space-y-6">
        <div className="grid gap-x-10 md:grid-cols-2">
          {verdicts.map((verdict) => (
            <div key={verdict} className="h-[53px] space-y-2 border-t border-line pt-2.5">
              <Skeleton className="h-3.5 w-72 max-w-full" />
              <Skeleton className="h-3 w-52" />
            </div>
          ))}
        </div>
        <div className="grid grid-cols-2 gap-x-6 gap-y-5 md:grid-cols-3 xl:grid-cols-6">
          {tiles.map((tile) => (
            <div key={tile} className="h-[128px] space-y-2 border-t border-line-strong pt-2">
              <Skeleton className="h-3 w-20" />
              <Skeleton className="h-7 w-24" />
            </div>
          ))}
        </div>
      </div>
      <Skeleton className="h-[340px] w-full" />
      <div className="space-y-3">
        {rows.map((row) => (
          <Skeleton key={row} className="h-5 w-full" />
        ))}
      </div>
    </div>
  );
}
