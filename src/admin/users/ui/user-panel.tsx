"use client";

import { useState } from "react";
import type { User } from "@/server/auth/contract";
import type { UserAction } from "./user-action";
import { UserActionDialog } from "./user-action-dialog";
import { UserSheet } from "./user-sheet";

/** One user's sheet, and before it the question whether an act is meant. */
export function UserPanel({ user, isOwn, onClose }: { user: User; isOwn: boolean; onClose: () => void }) {
  const [act, setAct] = useState<UserAction | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  return (
    <>
      <UserSheet user={user} isOwn={isOwn} said={said} onAct={setAct} onClose={onClose} />
      {act === null ? null : <UserActionDialog act={act} user={user} onDone={setSaid} onClose={() => setAct(null)} />}
    </>
  );
}
