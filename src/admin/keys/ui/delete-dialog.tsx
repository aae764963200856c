"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { describePreview } from "@/admin/cache/ui/preview-words";
import { ConfirmField, useMustType } from "@/admin/frame/confirm-field";
import { useMay } from "@/admin/frame/use-me";
import { ViewLink } from "@/admin/frame/view-link";
import { Button } from "@/ui/controls/button";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";

type Deletion = {
  deleted: number;
  scanned: number;
  total: number;
  state: "running" | "done" | "stopped" | "failed";
  problem: unknown;
};

/** Deletes everything with the prefix, call by call: each is bounded, and the next one continues. */
function useDeletion(prefix: string) {
  const trpc = useTRPC();
  const { mutateAsync } = useMutation(trpc.cache.deletePrefix.mutationOptions());
  const [deletion, setDeletion] = useState<Deletion | null>(null);
  const stopping = useRef(new AbortController());
  useEffect(() => () => stopping.current.abort(), []);
  const run = async (): Promise<void> => {
    const { signal } = (stopping.current = new AbortController());
    const progress = { deleted: 0, scanned: 0, total: 0 };
    let cursor: string | null = null;
    try {
      do {
        setDeletion({ ...progress, state: "running", problem: null });
        // One call after the other: the next one continues where this one ended.
        const part: { deleted: number; nextCursor: string | null; coverage: { scanned: number; total: number } } =
          await mutateAsync({ prefix, cursor });
        progress.deleted += part.deleted;
        progress.scanned += part.coverage.scanned;
        progress.total = part.coverage.total;
        cursor = part.nextCursor;
      } while (cursor !== null && !signal.aborted);
      setDeletion({ ...progress, state: cursor === null ? "done" : "stopped", problem: null });
    } catch (problem) {
      setDeletion({ ...progress, state: "failed", problem });
    }
  };
  return { deletion, run, stop: () => stopping.current.abort() };
}

type Props = { prefix: string; onClose: () => void };

/** Previews what a prefix holds, asks as the environment requires, deletes, shows the progress and the result. */
export function DeleteDialog({ prefix, onClose }: Props) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const may = useMay("operator");
  const [typed, setTyped] = useState("");
  const preview = useQuery(trpc.cache.previewPrefix.queryOptions({ prefix }, { staleTime: 5_000 }));
  const { deletion, run, stop } = useDeletion(prefix);
  const mustType = useMustType();
  const isReady = may === true && (!mustType || typed.trim() === prefix);
  const isRunning = deletion?.state === "running";
  const close = (): void => {
    if (deletion !== null) {
      void queries.invalidateQueries({ queryKey: trpc.insights.cacheKeys.pathKey() });
      void queries.invalidateQueries({ queryKey: trpc.insights.cacheGroups.pathKey() });
    }
    onClose();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (isReady && !isRunning) void run();
  };
  return (
    <Dialog title={`Delete ${prefix}…`} shape="sheet" onClose={close}>
      {deletion !== null && deletion.state !== "failed" ? (
        <Progress prefix={prefix} deletion={deletion} onStop={stop} />
      ) : (
        <form className="space-y-5" onSubmit={submit}>
          <p>
            <span>Every entry whose key begins with </span>
            <span className="rounded bg-sunken px-1 font-mono break-all">{prefix}</span>
            <span> is invalidated on all nodes and deleted from Redis. The next reads load from the database.</span>
          </p>
          <section aria-labelledby="delete-preview" className="rounded bg-sunken px-3 py-2.5">
            <h3 id="delete-preview" className="caption">
              Preview
            </h3>
            <div role="status" aria-busy={preview.isFetching} className="min-h-10" data-testid="preview">
              {preview.error !== null ? (
                <ProblemNotice
                  cause={preview.error}
                  title="Could not count the entries"
                  onRetry={() => void preview.refetch()}
                  isRetrying={preview.isFetching}
                />
              ) : preview.data === undefined ? (
                <Skeleton className="mt-1 h-4 w-56 bg-line" />
              ) : (
                <>
                  <p className="font-medium tabular-nums">{describePreview(preview.data).sentence}</p>
                  <p className="caption tabular-nums">{describePreview(preview.data).basis}</p>
                </>
              )}
            </div>
          </section>
          {mustType ? <ConfirmField name={prefix} typed={typed} onTyped={setTyped} /> : null}
          {deletion === null ? null : (
            <ProblemNotice
              cause={deletion.problem}
              title={`The deletion stopped after ${formatCount(deletion.deleted)} entries`}
            />
          )}
          <div className="flex items-center justify-between gap-4 border-t border-line pt-4">
            <p className="caption">
              {may === false
                ? "Only operators and admins can delete. You can preview the effect."
                : "Recorded in the audit log and marked on the charts."}
            </p>
            <Button type="submit" tone="danger" aria-disabled={!isReady} className="min-w-28">
              Delete
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

type ProgressProps = { prefix: string; deletion: Deletion; onStop: () => void };

function Progress({ prefix, deletion, onStop }: ProgressProps) {
  const { deleted, scanned, total, state } = deletion;
  const share = state === "done" ? 1 : total === 0 ? 0 : Math.min(1, scanned / total);
  return (
    <div data-result={state}>
      <div role="status" className="flex items-start gap-3">
        {state === "done" ? <CircleCheck aria-hidden size={20} className="mt-0.5 shrink-0 text-good" /> : null}
        <p className="min-w-0 font-medium break-words tabular-nums">
          {state === "running"
            ? `Deleting… ${formatCount(deleted)} entries so far.`
            : state === "done"
              ? `Deleted ${formatCount(deleted)} ${deleted === 1 ? "entry" : "entries"} that began with ${prefix}`
              : `Stopped after ${formatCount(deleted)} entries. Those stay deleted.`}
        </p>
      </div>
      <div aria-hidden className="mt-3 h-1 bg-sunken">
        <div className="h-full bg-accent" style={{ width: `${share * 100}%` }} />
      </div>
      <div className="mt-5 flex justify-end gap-3">
        {state === "running" ? (
          <Button onClick={onStop}>Stop</Button>
        ) : (
          <ViewLink href="/admin/cache">See the effect on the cache</ViewLink>
        )}
      </div>
    </div>
  );
}
