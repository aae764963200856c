"use client";

import { type AuditAction, auditActions } from "../contract";
import type { User } from "@/server/auth/contract";
import { fieldLook } from "@/ui/controls/field";
import { actionWords } from "./audit-words";

type Props = {
  action: AuditAction | null;
  actorId: string | null;
  users: readonly User[];
  onAction: (action: AuditAction | null) => void;
  onActor: (id: string | null) => void;
};

const isAction = (text: string): text is AuditAction => auditActions.some((action) => action === text);

/** Narrows the log to one kind of act, to one user, or to both. */
export function AuditFilters({ action, actorId, users, onAction, onActor }: Props) {
  const isKnown = actorId === null || users.some(({ id }) => id === actorId);
  return (
    <>
      <select
        aria-label="Act"
        className={`h-8 max-w-full px-2 ${fieldLook}`}
        value={action ?? ""}
        onChange={({ target }) => onAction(isAction(target.value) ? target.value : null)}
      >
        <option value="">every act</option>
        {auditActions.map((name) => (
          <option key={name} value={name}>
            {actionWords[name]}
          </option>
        ))}
      </select>
      <select
        aria-label="User"
        className={`h-8 max-w-full px-2 sm:max-w-60 ${fieldLook}`}
        value={actorId ?? ""}
        onChange={({ target }) => onActor(target.value === "" ? null : target.value)}
      >
        <option value="">everybody</option>
        {isKnown ? null : <option value={actorId}>somebody not in the list</option>}
        {users.map(({ id, email }) => (
          <option key={id} value={id}>
            {email}
          </option>
        ))}
      </select>
    </>
  );
}
