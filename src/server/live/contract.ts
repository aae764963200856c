import { z } from "@/server/rpc/zod";

/** The ID of the last event that arrived, to resume after it. */
export const lastEventIdSchema = z.string().min(1).max(200).nullish();

/** One event of a stream with the ID to resume after. */
export type LiveEvent<Event> = { readonly id: string; readonly event: Event };

/** What became of one entity. */
export type EntityChange<Id, Value> =
  /** As it is now; compare its version with the one you have. */
  | { kind: "present"; id: Id; value: Value }
  | { kind: "absent"; id: Id }
  /** It changed, and could not be read right now. */
  | { kind: "unread"; id: Id };

/**
 * `ready`: what follows is complete from here on; `changes` holds the entities that were asked for by ID as they are.
 * `gap`: changes before this were missed; `changes` holds the entities asked for by ID as they are, all others must be read
 * again. `changes`: these changed, each named once with its newest value, at most 100.
 */
export type EntityEvent<Change> = { type: "ready" | "gap" | "changes"; changes: Change[] };
