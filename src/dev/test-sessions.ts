import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { sessions, users } from "@/server/schema";
import type { Role } from "@/server/auth/contract";
import type { Actor } from "@/server/auth/session";
import type { PlatformRuntime } from "@/server/runtime";

/** The actor of calls in a new session of a user. `role` is what the call requires; `admin` unless given. */
export async function actorOf(
  { database }: Pick<PlatformRuntime, "database">,
  user: { id: string; email: string },
  role?: Role,
): Promise<Actor> {
  const sessionId = randomUUID();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  await database.db.insert(sessions).values({ id: sessionId, userId: user.id, token: randomUUID(), expiresAt });
  // As after the first sign-in.
  await database.db.update(users).set({ mustChangePassword: false }).where(eq(users.id, user.id));
  const requires = role === undefined ? {} : { requires: { role } };
  return { id: user.id, label: user.email, sessionId, address: "203.0.113.7", requestId: "r-1", ...requires };
}
