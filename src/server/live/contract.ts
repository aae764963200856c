import { storedText } from "@/server/rpc/zod";

/** The ID of the last event received, to resume after it. */
export const lastEventIdSchema = storedText(200).min(1).nullish();

/** One event of a stream with the ID to resume after. */
export type LiveEvent<Event> = { readonly id: string; readonly event: Event };

/** The change of one entity. */
export type EntityChange<Id, Value> =
  /** The current value; compare its version with yours. */
  | { kind: "present"; id: Id; value: Value }
  | { kind: "absent"; id: Id }
  /** It changed, and could not be read right now. */
  | { kind: "unread"; id: Id };

/**
 * `ready`: the stream is complete from here on; `changes` holds the current value of the entities requested by ID.
 * `gap`: earlier changes were missed; `changes` holds the current value of the entities requested by ID, and all others
 * must be read again. `changes`: the changed entities, each once with its newest value, at most 100.
 */
export type EntityEvent<Change> = { type: "ready" | "gap" | "changes"; changes: Change[] };
