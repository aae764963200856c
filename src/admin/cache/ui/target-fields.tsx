"use client";

import { useId } from "react";
import { Segments } from "@/ui/controls/choice";
import { Field, fieldLook } from "@/ui/controls/field";
import { splitTags, type TargetDraft } from "./target";

const kinds = [
  { value: "group", label: "Group" },
  { value: "tags", label: "Tags" },
  { value: "key", label: "Key" },
  { value: "all", label: "Everything" },
] as const;

type Props = {
  draft: TargetDraft;
  onDraft: (draft: TargetDraft) => void;
  /** The names of all groups. */
  groups: readonly string[];
};

function GroupField({ draft, onDraft, groups }: Props) {
  const id = useId();
  // A group from the URL may be unknown here; the preview shows what it matches.
  const offered = draft.group === "" || groups.includes(draft.group) ? groups : [draft.group, ...groups];
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        Group
      </label>
      <select
        id={id}
        data-focus-first
        className={`${fieldLook} h-9 w-full px-2 font-mono`}
        value={draft.group}
        onChange={(event) => onDraft({ ...draft, group: event.target.value })}
      >
        <option value="">Choose a group</option>
        {offered.map((group) => (
          <option key={group}>{group}</option>
        ))}
      </select>
    </div>
  );
}

/** The target: its kind and name. */
export function TargetFields({ draft, onDraft, groups }: Props) {
  const { kind } = draft;
  const tags = splitTags(draft.tags);
  return (
    <div className="space-y-3">
      <Segments
        legend="What to invalidate"
        options={kinds}
        chosen={kind}
        onChoose={(chosen) => onDraft({ ...draft, kind: chosen })}
        className="w-full"
      />
      {kind === "group" || kind === "key" ? <GroupField draft={draft} onDraft={onDraft} groups={groups} /> : null}
      {kind === "key" ? (
        <Field
          label="Key"
          className="[&_input]:font-mono"
          spellCheck={false}
          autoComplete="off"
          maxLength={500}
          value={draft.key}
          hint="As the group writes its keys, for example 42."
          onChange={(event) => onDraft({ ...draft, key: event.target.value })}
        />
      ) : null}
      {kind === "tags" ? (
        <Field
          label="Tags"
          data-focus-first
          className="[&_input]:font-mono"
          spellCheck={false}
          autoComplete="off"
          value={draft.tags}
          placeholder="note:42, notes:all"
          hint={
            tags.length > 1
              ? `${tags.length} tags. Matches entries with any of them.`
              : "Separate tags with commas or spaces. Matches entries with any of them."
          }
          problem={tags.length > 100 ? `At most 100 tags are allowed; you entered ${tags.length}.` : null}
          onChange={(event) => onDraft({ ...draft, tags: event.target.value })}
        />
      ) : null}
      {kind === "all" ? (
        <p className="text-muted">Clears every entry in every group. Expect a spike in database load.</p>
      ) : null}
    </div>
  );
}
