"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useMay } from "@/admin/frame/use-me";
import { Button } from "@/ui/controls/button";
import { CopyButton } from "@/ui/controls/copy-button";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { useNow } from "@/ui/hooks/timers";
import { useTRPC } from "@/ui/rpc/provider";

const command = "npm run weir -- traffic";

/** What to do while there is no traffic: one command, and one button for operators that does the same. */
export function SampleTraffic() {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const may = useMay("operator");
  const status = useQuery(trpc.traffic.status.queryOptions(undefined, { refetchInterval: 5_000 })).data;
  const start = useMutation(
    trpc.traffic.start.mutationOptions({
      onSuccess: (started) => queries.setQueryData(trpc.traffic.status.queryKey(), started),
    }),
  );
  const nowMs = useNow(1_000);
  const endsAt = status?.endsAt ?? null;
  const leftSeconds = endsAt === null ? 0 : Math.max(1, Math.ceil((Date.parse(endsAt) - nowMs) / 1_000));
  return (
    <div className="mt-3 space-y-3">
      <p>
        Send a minute of sample calls to the public procedures, 50 per second. They change no data, and appear here like
        any other call.
      </p>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <span className="flex items-center gap-1 rounded border border-line bg-sunken pl-2.5 text-ink">
          <code className="font-mono text-[13px]">{command}</code>
          <CopyButton text={command} name="command" />
        </span>
        {may === true && status?.isAvailable === true ? (
          <Button tone="primary" isBusy={start.isPending || endsAt !== null} onClick={() => start.mutate()}>
            <Play aria-hidden size={14} />
            <span>{endsAt === null ? "Send a minute of traffic" : "Sending traffic"}</span>
          </Button>
        ) : null}
        <span role="status">
          {endsAt === null ? "" : `${leftSeconds} s left. The first metrics appear within two seconds.`}
        </span>
      </div>
      {may === false ? <p className="caption">The button that does the same is for operators and admins.</p> : null}
      {start.error === null ? null : <ProblemNotice cause={start.error} />}
    </div>
  );
}
