"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { CacheInvalidated, CacheInvalidateInput } from "../contract";
import { useEnvironment } from "@/admin/frame/environment";
import { useMay } from "@/admin/frame/use-me";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/controls/button";
import { Choice } from "@/ui/controls/choice";
import { Dialog } from "@/ui/feedback/dialog";
import { Field } from "@/ui/controls/field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Preview, usePreview } from "./preview";
import { nameOfTarget, type TargetDraft, toTarget } from "./target";
import { TargetFields } from "./target-fields";
import { CircleCheck, Hourglass } from "lucide-react";
import { formatCount } from "@/ui/format/numbers";

const modes = [
  {
    value: "purge",
    label: "Purge",
    meaning: "Gone at once: whoever asks next waits until it is loaded from the database.",
  },
  {
    value: "expire",
    label: "Expire",
    meaning: "Counts as old: one reader refreshes it while the others are still served the old value.",
  },
] as const;

const waits = [
  {
    value: "local",
    label: "This node",
    meaning: "Done when the node that answers has applied it; the others hear of it at once.",
  },
  { value: "fleet", label: "Every node", meaning: "Done when every live node has said that it applied it." },
] as const;

type Props = {
  draft: TargetDraft;
  onDraft: (draft: TargetDraft) => void;
  /** The names of the groups that were read lately. */
  groups: readonly string[];
  onClose: () => void;
};

/** Choose what, see what would be hit, confirm as the environment asks for, and see what became of it. */
export function InvalidateDialog({ draft, onDraft, groups, onClose }: Props) {
  const trpc = useTRPC();
  const allGroups = useGroupNames(groups);
  const environment = useEnvironment();
  const may = useMay("operator");
  const [mode, setMode] = useState<CacheInvalidateInput["mode"]>("purge");
  const [wait, setWait] = useState<CacheInvalidateInput["wait"]>("local");
  const [typed, setTyped] = useState("");
  const target = toTarget(draft);
  const preview = usePreview(target);
  const invalidate = useMutation(trpc.cache.invalidate.mutationOptions());
  const name = nameOfTarget(draft);
  // Until one knows where one is, it counts as production.
  const mustType = environment?.name !== "development" && environment?.name !== "test";
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
          answer={invalidate.data}
          asked={{ name, mode, wait }}
          onAgain={() => {
            setTyped("");
            invalidate.reset();
          }}
        />
      ) : (
        <form className="space-y-5" onSubmit={submit} aria-busy={invalidate.isPending}>
          <TargetFields draft={draft} onDraft={change} groups={allGroups} />
          <Preview target={target} state={preview} />
          <Choice legend="How" options={modes} chosen={mode} onChoose={setMode} />
          <Choice legend="Wait for" options={waits} chosen={wait} onChoose={setWait} />
          {mustType && target !== null ? (
            <Field
              label="Confirm"
              data-focus-first
              className="[&_input]:font-mono"
              name="confirmation"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              hint={
                <>
                  This is {environment === null ? "an unknown environment" : environment.name}
                  {environment === null ? "" : ` at ${environment.host}`}. Type{" "}
                  <span className="rounded bg-sunken px-1 font-mono text-ink">{name}</span> to go on.
                </>
              }
              onChange={(event) => setTyped(event.target.value)}
            />
          ) : null}
          {invalidate.error === null ? null : <ProblemNotice cause={invalidate.error} title="It was not confirmed" />}
          <div className="flex items-center justify-between gap-4 border-t border-line pt-4">
            <p className="caption">
              {may === false
                ? "Invalidating is for operators and admins. You see what it would hit."
                : "Written to the audit log, and marked on the chart."}
            </p>
            <Button
              type="submit"
              tone="danger"
              isBusy={invalidate.isPending}
              aria-disabled={!isReady || invalidate.isPending}
              className="min-w-28"
            >
              {invalidate.isPending ? "Invalidating …" : mode === "purge" ? "Purge" : "Expire"}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

type ResultProps = {
  answer: CacheInvalidated;
  asked: { name: string; mode: CacheInvalidateInput["mode"]; wait: CacheInvalidateInput["wait"] };
  onAgain: () => void;
};

/** What became of an invalidation. */
function Result({ answer, asked, onAgain }: ResultProps) {
  const leave = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Where the button was that was pressed is nothing any more.
    leave.current?.querySelector("button")?.focus();
  }, []);
  const isApplied = answer.status === "applied";
  const Icon = isApplied ? CircleCheck : Hourglass;
  const done = asked.mode === "purge" ? "Purged" : "Expired";
  return (
    <div data-result={answer.status}>
      <div role="status" className="flex items-start gap-3">
        <Icon aria-hidden size={20} className={`mt-0.5 shrink-0 ${isApplied ? "text-good" : "text-watch"}`} />
        <div className="min-w-0">
          <p className="font-medium break-words">{isApplied ? `${done} ${asked.name}.` : `Queued: ${asked.name}.`}</p>
          <p className="mt-0.5 text-muted">
            {!isApplied
              ? "Redis did not answer. This node serves nothing of it from now on; the others hear of it as soon as Redis is back."
              : asked.wait === "fleet"
                ? "Every live node has applied it."
                : "This node has applied it; the others hear of it within a moment."}
          </p>
        </div>
      </div>
      <dl className="mt-4 grid grid-cols-[7rem_1fr] gap-y-1 border-t border-line pt-3 tabular-nums">
        <dt className="text-muted">Status</dt>
        <dd>{answer.status}</dd>
        <dt className="text-muted">Epoch</dt>
        <dd>{answer.epoch === null ? "none yet" : formatCount(answer.epoch)}</dd>
      </dl>
      <p className="caption mt-3">
        A line on the chart marks it for everybody within two seconds: watch what it costs.
      </p>
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onAgain}>Invalidate something else</Button>
        <form ref={leave} method="dialog">
          <Button type="submit" tone="primary">
            See the chart
          </Button>
        </form>
      </div>
    </div>
  );
}

/** The names of all groups, by name; while they are not known, or Redis is away, those of `seen`. */
function useGroupNames(seen: readonly string[]): string[] {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.insights.cacheGroups.queryOptions(undefined, { staleTime: 60_000 }));
  const defined = data?.groups.flatMap(({ group, definition }) => (definition === null ? [] : [group])) ?? [];
  return [...new Set([...defined, ...seen])].toSorted();
}
