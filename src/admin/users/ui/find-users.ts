import type { User } from "@/server/auth/contract";

const fold = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** The searchable text of a user: name, email, role and status. */
const textOf = ({ name, email, role, isDisabled, mustChangePassword }: User): string =>
  fold([name, email, role, isDisabled ? "disabled" : "", mustChangePassword ? "temporary password" : ""].join(" "));

/** The users that contain every word of the query, ignoring case and accents. */
export function findUsers(users: readonly User[], query: string): User[] {
  const words = fold(query)
    .split(/\s+/)
    .filter((word) => word !== "");
  return users.filter((user) => {
    const text = textOf(user);
    return words.every((word) => text.includes(word));
  });
}

export const userOrders = ["name", "role", "lastSignInAt", "sessions"] as const;
export type UserOrder = { by: (typeof userOrders)[number]; isDescending: boolean };

const rank: Readonly<Record<User["role"], number>> = { viewer: 0, operator: 1, admin: 2 };

const compare: Readonly<Record<UserOrder["by"], (a: User, b: User) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name, "en"),
  role: (a, b) => rank[a.role] - rank[b.role],
  // Users that never signed in come first. ISO dates sort as text.
  lastSignInAt: (a, b) => (a.lastSignInAt ?? "").localeCompare(b.lastSignInAt ?? ""),
  sessions: (a, b) => a.sessions - b.sessions,
};

/** In the given order; ties are broken by name, then by email. */
export function orderUsers(users: readonly User[], { by, isDescending }: UserOrder): User[] {
  const sign = isDescending ? -1 : 1;
  return users.toSorted(
    (a, b) => sign * compare[by](a, b) || compare.name(a, b) || a.email.localeCompare(b.email, "en"),
  );
}

export const usersPerPage = 50;

/** One page of a list and its number; a number out of range is clamped. */
export function pageOf<Row>(rows: readonly Row[], page: number): { rows: readonly Row[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(rows.length / usersPerPage));
  const shown = Math.min(pages, Math.max(1, page));
  return { rows: rows.slice((shown - 1) * usersPerPage, shown * usersPerPage), page: shown, pages };
}
