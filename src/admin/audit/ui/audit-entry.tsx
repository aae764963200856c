"use client";

import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { formatMoment } from "@/ui/format/moments";
import { When } from "@/ui/format/when";
import type { AuditEntry } from "../contract/entries";
import { actionWords, describeSubject } from "./audit-words";
import { type Change, differences } from "./difference";

function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <dl className="mt-1 grid grid-cols-[6rem_1fr] gap-x-3 gap-y-0.5 text-[13px]">
      {changes.map(({ name, before, after }) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="flex min-w-0 flex-wrap items-center gap-x-1.5 wrap-anywhere">
            {before === null ? null : (
              <del className="decoration-act">
                <span className="sr-only">before: </span>
                <span>{before}</span>
              </del>
            )}
            {before === null || after === null ? null : <ArrowRight aria-hidden size={12} className="text-muted" />}
            {after === null ? null : (
              <ins className="font-medium no-underline">
                <span className="sr-only">after: </span>
                <span>{after}</span>
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

type Props = {
  entry: AuditEntry;
  emailOf: (id: string) => string | null;
  /** Filters the log by this user. */
  onActor: (id: string) => void;
};

/** One audit event: user, action, subject, changes, time and origin. */
export function AuditEntryRow({ entry, emailOf, onActor }: Props) {
  const { actor } = entry;
  const subject = describeSubject(entry.subject, emailOf);
  // For changes to the own account, the subject repeats the actor.
  const isNamed = subject !== null && subject.text !== actor.label;
  return (
    <li
      data-entry={entry.id}
      data-action={entry.action}
      className="grid gap-x-5 border-t border-line py-2 first:border-t-0 md:grid-cols-[10.5rem_1fr_auto]"
    >
      <p className="caption flex gap-2 leading-5 tabular-nums md:block">
        <span className="md:block">{formatMoment(entry.at)}</span>
        <span className="md:hidden">·</span>
        <When at={entry.at} />
      </p>
      <div className="min-w-0">
        <p className="break-words">
          {actor.id === null ? (
            <span className="font-medium wrap-anywhere">{actor.label}</span>
          ) : (
            <button
              type="button"
              title="Show only events of this user"
              className="font-medium wrap-anywhere hover:text-accent hover:underline"
              onClick={() => actor.id !== null && onActor(actor.id)}
            >
              {actor.label}
            </button>
          )}
          <span>{` ${actionWords[entry.action]}${isNamed ? ": " : ""}`}</span>
          {isNamed ? (
            subject.href === null ? (
              <span className="wrap-anywhere">{subject.text}</span>
            ) : (
              <Link href={subject.href} prefetch={false} className="text-accent underline underline-offset-2">
                {subject.text}
              </Link>
            )
          ) : null}
        </p>
        <ChangeList changes={differences(entry.before, entry.after)} />
      </div>
      <p className="caption flex flex-wrap gap-x-3 font-mono leading-5 md:block md:text-right">
        <span className="md:block" title="IP address">
          {entry.address ?? "command line"}
        </span>
        {entry.requestId === null ? null : <span title="Request ID, as in the server log">{entry.requestId}</span>}
      </p>
    </li>
  );
}
