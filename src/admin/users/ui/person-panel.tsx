"use client";

import { useState } from "react";
import type { Person } from "@/server/auth/contract";
import type { PersonAct } from "./person-act";
import { PersonActDialog } from "./person-act-dialog";
import { PersonSheet } from "./person-sheet";

/** One person's sheet, and before it the question whether an act is meant. */
export function PersonPanel({ person, isOwn, onClose }: { person: Person; isOwn: boolean; onClose: () => void }) {
  const [act, setAct] = useState<PersonAct | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  return (
    <>
      <PersonSheet person={person} isOwn={isOwn} said={said} onAct={setAct} onClose={onClose} />
      {act === null ? null : (
        <PersonActDialog act={act} person={person} onDone={setSaid} onClose={() => setAct(null)} />
      )}
    </>
  );
}
