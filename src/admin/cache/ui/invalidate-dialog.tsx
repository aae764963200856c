"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { CacheInvalidateInput } from "../contract";
import { useEnvironment } from "@/admin/frame/use-environment";
import { useMay } from "@/admin/frame/use-me";
import { useTRPC } from "@/ui/rpc/provider";
import { Button } from "@/ui/controls/button";
import { Choice } from "@/ui/controls/choice";
import { Dialog } from "@/ui/feedback/dialog";
import { Field } from "@/ui/controls/field";
import { ProblemNotice } from "@/ui/feedback/problem-notice";
import { Preview } from "./preview";
import { Result } from "./result";
import { nameOfTarget, type TargetDraft, toTarget } from "./target";
import { TargetFields } from "./target-fields";
import { useGroupNames } from "./use-group-names";
import { usePreview } from "./use-preview";

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
