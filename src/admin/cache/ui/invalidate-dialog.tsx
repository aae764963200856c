"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, Hourglass } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ConfirmField, useMustType } from "@/admin/frame/confirm-field";
import { useMay } from "@/admin/frame/use-me";
import { Button } from "@/ui/controls/button";
import { Choice } from "@/ui/controls/choice";
import { Dialog } from "@/ui/feedback/dialog";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { formatCount } from "@/ui/format/numbers";
import { useTRPC } from "@/ui/rpc/provider";
import type { CacheInvalidated, CacheInvalidateInput } from "../contract";
import { Preview, usePreview } from "./preview";
import { nameOfTarget, type TargetDraft, toTarget } from "./target";
import { TargetFields } from "./target-fields";

const modes = [
  {
    value: "purge",
    label: "Purge",
    meaning: "Removes the entries. The next read waits for the database.",
  },
  {
    value: "expire",
    label: "Expire",
    meaning: "Marks the entries as stale. One reader refreshes the value while others still get the old one.",
  },
] as const;

const waits = [
  {
    value: "local",
    label: "This node",
    meaning: "Returns once this node has applied it. Other nodes follow within moments.",
  },
  { value: "fleet", label: "Every node", meaning: "Returns once every live node has confirmed it." },
] as const;

type Props = {
  draft: TargetDraft;
  onDraft: (draft: TargetDraft) => void;
  /** The names of recently read groups. */
  groups: readonly string[];
  onClose: () => void;
};

/** Choose a target, preview the effect, confirm as the environment requires, and see the result. */
export function InvalidateDialog({ draft, onDraft, groups, onClose }: Props) {
  const trpc = useTRPC();
  const allGroups = useGroupNames(groups);
  const may = useMay("operator");
  const [mode, setMode] = useState<CacheInvalidateInput["mode"]>("purge");
  const [wait, setWait] = useState<CacheInvalidateInput["wait"]>("local");
  const [typed, setTyped] = useState("");
  const target = toTarget(draft);
  const preview = usePreview(target);
  const invalidate = useMutation(trpc.cache.invalidate.mutationOptions());
  const name = nameOfTarget(draft);
  const mustType = useMustType();
  const isReady = target !== null && may === true && (!mustType || typed.trim() === name);

  const change = (changed: TargetDraft): void => {
    setTyped("");
    invalidate.reset();
    onDraft(changed);
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    if (target === null || !isReady || invalidate.isPending) return;
    invalidate.mutate({ ...target, mode, wait });
  };

  return (
    <Dialog title="Invalidate" shape="sheet" onClose={onClose}>
      {invalidate.data !== undefined ? (
        <Result
          result={invalidate.data}
          request={{ name, mode, wait }}
          onAgain={() => {
            setTyped("");
            invalidate.reset();
          }}
        />
      ) : (
        <form className="space-y-5" onSubmit={submit} aria-busy={invalidate.isPending}>
          <TargetFields draft={draft} onDraft={change} groups={allGroups} />
          <Preview target={target} state={preview} />
          <Choice legend="Mode" options={modes} chosen={mode} onChoose={setMode} />
          <Choice legend="Wait for" options={waits} chosen={wait} onChoose={setWait} />
          {mustType && target !== null ? <ConfirmField name={name} typed={typed} onTyped={setTyped} /> : null}
          {invalidate.error === null ? null : (
            <ProblemNotice cause={invalidate.error} title="The invalidation was not confirmed" />
          )}
          <div className="flex items-center justify-between gap-4 border-t border-line pt-4">
            <p className="caption">
              {may === false
                ? "Only operators and admins can invalidate. You can preview the effect."
                : "Recorded in the audit log and marked on the chart."}
            </p>
            <Button
              type="submit"
              tone="danger"
              isBusy={invalidate.isPending}
              aria-disabled={!isReady || invalidate.isPending}
              className="min-w-28"
            >
              {invalidate.isPending ? "Invalidating…" : mode === "purge" ? "Purge" : "Expire"}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

type ResultProps = {
  result: CacheInvalidated;
  request: { name: string; mode: CacheInvalidateInput["mode"]; wait: CacheInvalidateInput["wait"] };
  onAgain: () => void;
};

/** The result of an invalidation. */
function Result({ result, request, onAgain }: ResultProps) {
  const leave = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The pressed button no longer exists.
    leave.current?.querySelector("button")?.focus();
  }, []);
  const isApplied = result.status === "applied";
  const Icon = isApplied ? CircleCheck : Hourglass;
  const done = request.mode === "purge" ? "Purged" : "Expired";
  return (
    <div data-result={result.status}>
      <div role="status" className="flex items-start gap-3">
        <Icon aria-hidden size={20} className={`mt-0.5 shrink-0 ${isApplied ? "text-good" : "text-watch"}`} />
        <div className="min-w-0">
          <p className="font-medium break-words">
            {isApplied ? `${done} ${request.name}.` : `Queued: ${request.name}.`}
          </p>
          <p className="mt-0.5 text-muted">
            {!isApplied
              ? "Redis is unavailable. This node has applied the invalidation; other nodes follow once Redis is back."
              : request.wait === "fleet"
                ? "All live nodes have applied it."
                : "This node has applied it. Other nodes follow within moments."}
          </p>
        </div>
      </div>
      <dl className="mt-4 grid grid-cols-[7rem_1fr] gap-y-1 border-t border-line pt-3 tabular-nums">
        <dt className="text-muted">Status</dt>
        <dd>{result.status}</dd>
        <dt className="text-muted">Epoch</dt>
        <dd>{result.epoch === null ? "none yet" : formatCount(result.epoch)}</dd>
      </dl>
      <p className="caption mt-3">Within two seconds a line marks it on the chart, so you can watch the effect.</p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onAgain}>Invalidate something else</Button>
        <form ref={leave} method="dialog">
          <Button type="submit" tone="primary">
            View the chart
          </Button>
        </form>
      </div>
    </div>
  );
}

/** The names of all groups, sorted; only those of `seen` while loading or if Redis is unavailable. */
function useGroupNames(seen: readonly string[]): string[] {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.insights.cacheGroups.queryOptions(undefined, { staleTime: 60_000 }));
  const defined = data?.groups.flatMap(({ group, definition }) => (definition === null ? [] : [group])) ?? [];
  return [...new Set([...defined, ...seen])].toSorted();
}
