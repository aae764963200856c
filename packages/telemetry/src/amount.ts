import type { SlotMark } from "./archive";
import type { SlotNotes } from "./slot-source";

/** How much is in a minute or hour. */
export type Amount = Pick<SlotMark, "messages" | "reports">;

/** True when one holds more than the other: more messages, then more reports. Rows give way by this order. */
export function isMore(mine: Amount, its: Amount | undefined): boolean {
  if (its === undefined) return true;
  return mine.messages > its.messages || (mine.messages === its.messages && mine.reports > its.reports);
}

/** What the nodes say of a slot, together. */
export function amountOf({ notes }: SlotNotes): Amount {
  const messages = notes.reduce((sum, { head }) => sum + head.header.recorded + head.header.dropped, 0);
  return { messages, reports: notes.length };
}
