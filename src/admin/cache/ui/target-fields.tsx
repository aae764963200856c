"use client";

import { useId } from "react";
import { Field, fieldLook } from "@/ui/controls/field";
import { Segments } from "@/ui/controls/choice";
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
  /** The names of the groups there are. */
  groups: readonly string[];
};

function GroupField({ draft, onDraft, groups }: Props) {
  const id = useId();
  // One that came by the URL may be unknown here: the preview says what becomes of it.
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

/** What is to be hit: its kind, and which one. */
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
          hint="As the group spells it: the id of a city for city.byId."
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
          placeholder="country:JP, cities:all"
          hint={
            tags.length > 1
              ? `${tags.length} tags. An entry is hit when it carries one of them.`
              : "Separated by commas or spaces. An entry is hit when it carries one of them."
          }
          problem={tags.length > 100 ? `The server takes 100 tags at once; these are ${tags.length}.` : null}
          onChange={(event) => onDraft({ ...draft, tags: event.target.value })}
        />
      ) : null}
      {kind === "all" ? <p className="text-muted">Every entry of every group. The database feels all of it.</p> : null}
    </div>
  );
}
