"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCw, Timer } from "lucide-react";
import { useState } from "react";
import { useMay } from "@/admin/frame/use-me";
import type { ExplainedStatement } from "@/admin/queries/contract";
import { Button } from "@/ui/controls/button";
import { Segments } from "@/ui/controls/choice";
import { ConfirmDialog } from "@/ui/feedback/dialog";
import { EmptyState } from "@/ui/feedback/empty-state";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Skeleton } from "@/ui/feedback/skeleton";
import { formatDuration, readAloud } from "@/ui/format/numbers";
import { When } from "@/ui/format/when";
import { useTRPC } from "@/ui/rpc/provider";
import { planNotes } from "./plan-notes";
import { PlanTree } from "./plan-tree";
import { SqlText } from "./sql-text";

const keepMs = 30_000;

const valuesWords: Readonly<Record<ExplainedStatement["values"], string>> = {
  none: "it takes no values",
  generic: "for any values",
  sampled: "for the last values this node sent; constants are hidden",
};

const duration = (ms: number): string => readAloud(formatDuration(ms));

/** How the plan was made. */
function Origin({ shown }: { shown: ExplainedStatement }) {
  const { plan, isMeasured, values, serverVersion, at } = shown;
  const took =
    plan.executionMs === null
      ? ""
      : `, ran in ${duration(plan.executionMs)}, planned in ${duration(plan.planningMs ?? 0)}`;
  const settings = Object.entries(plan.settings).map(([name, value]) => `${name} = ${value}`);
  return (
    <p className="caption">
      <span>{`${isMeasured ? "Measured" : "Estimated"} by Postgres ${serverVersion}, ${valuesWords[values]}${took}, `}</span>
      <When at={at} />
      <span>{settings.length === 0 ? "." : `. Settings: ${settings.join(", ")}.`}</span>
    </p>
  );
}

function Notes({ plan }: Pick<ExplainedStatement, "plan">) {
  const notes = planNotes(plan);
  if (notes.length === 0) return null;
  return (
    <ul aria-label="What stands out" className="space-y-1.5 border-l-2 border-watch pl-3">
      {notes.map(({ text, cure, sql }) => (
        <li key={text}>
          <p>
            <strong className="font-medium">{text}</strong>
            <span>{` ${cure}`}</span>
          </p>
          {sql === undefined ? null : <SqlText sql={sql} name="command" label="The command" />}
        </li>
      ))}
    </ul>
  );
}

/** How Postgres runs a statement. Explaining runs nothing; measuring runs a SELECT once. */
export function PlanSection({ name, text }: { name: string; text: string | null }) {
  const mayExplain = useMay("operator");
  if (mayExplain === undefined) return <Skeleton className="h-40 w-full" />;
  return mayExplain ? (
    <ExplainedPlan name={name} text={text} />
  ) : (
    <EmptyState title="Plans require the role operator.">
      Explaining a statement makes the database work, and measuring it runs the statement. You see timings, callers and
      index advice. An administrator can change your role under Users.
    </EmptyState>
  );
}

function ExplainedPlan({ name, text }: { name: string; text: string | null }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [variant, setVariant] = useState(0);
  const [asksToRun, setAsksToRun] = useState(false);
  const named = { statement: name, variant };
  const options = trpc.plans.explain.queryOptions(named, { staleTime: keepMs, retry: false });
  const explained = useQuery(options);
  const again = useMutation({
    mutationFn: () =>
      queries.fetchQuery(trpc.plans.explain.queryOptions({ ...named, fresh: true }, { staleTime: 0, retry: false })),
    onSuccess: (found) => {
      measure.reset();
      queries.setQueryData(options.queryKey, found);
    },
  });
  const measure = useMutation(trpc.plans.analyze.mutationOptions({ onSettled: () => setAsksToRun(false) }));
  const shown = measure.data ?? explained.data;
  const problem = measure.error ?? again.error ?? explained.error;
  const isRead = /^\s*(?:select|with|values)\b/i.test(shown?.text ?? text ?? "");
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <Button isBusy={again.isPending || explained.isFetching} onClick={() => again.mutate()}>
          <RotateCw aria-hidden size={14} />
          Explain again
        </Button>
        {isRead ? (
          <Button isBusy={measure.isPending} onClick={() => setAsksToRun(true)}>
            <Timer aria-hidden size={14} />
            Run and measure…
          </Button>
        ) : (
          <span className="caption">Only a SELECT can be run and measured.</span>
        )}
        {shown !== undefined && shown.variants > 1 ? (
          <Segments
            legend="Text of the statement"
            options={Array.from({ length: shown.variants }, (_, index) => ({
              value: String(index),
              label: `Text ${index + 1}`,
            }))}
            chosen={String(variant)}
            onChoose={(value) => {
              measure.reset();
              again.reset();
              setVariant(Number(value));
            }}
          />
        ) : null}
      </div>
      {problem === null ? null : <ProblemNotice cause={problem} onRetry={() => again.mutate()} />}
      {shown === undefined ? (
        explained.isPending ? (
          <div role="status" aria-label="Explaining…" className="space-y-3">
            <Skeleton className="h-5 w-full" />
            <Skeleton className="h-5 w-4/5" />
            <Skeleton className="h-5 w-3/5" />
          </div>
        ) : null
      ) : (
        <>
          <Notes plan={shown.plan} />
          <div role="group" aria-label="Plan">
            <PlanTree node={shown.plan.root} />
          </div>
          <Origin shown={shown} />
        </>
      )}
      {asksToRun ? (
        <ConfirmDialog
          title="Run this statement once?"
          action="Run and measure"
          isBusy={measure.isPending}
          problem={null}
          onConfirm={() => measure.mutate(named)}
          onClose={() => setAsksToRun(false)}
        >
          <p>
            It runs with the values that this node sent last, in a read-only transaction that ends after 8 seconds. It
            costs the database as much as any other call.
          </p>
          <p className="text-muted">The audit log records it.</p>
        </ConfirmDialog>
      ) : null}
    </div>
  );
}
