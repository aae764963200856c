import { describe, expect, test } from "vitest";
import { createPasswordHasher, defaultCost } from "./password-hasher";

const cost = { logN: 10, r: 8, p: 1 };

describe("password hashes", () => {
  test("match their password in any Unicode composition, and no other", async () => {
    const { hash, verify } = createPasswordHasher({ cost });
    const stored = await hash("ma\u00f1ana a las nueve");
    expect(stored).toMatch(/^scrypt\$10\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verify(stored, "man\u0303ana a las nueve")).toBe(true);
    expect(await verify(stored, "manana a las nueve")).toBe(false);
    expect(await hash("ma\u00f1ana a las nueve")).not.toBe(stored);
  });

  test("of another cost are verified at that cost", async () => {
    const stored = await createPasswordHasher({ cost: { logN: 11, r: 4, p: 2 } }).hash("one two three four");
    expect(await createPasswordHasher({ cost }).verify(stored, "one two three four")).toBe(true);
  });

  test("of unknown format match nothing, after the same work", async () => {
    const hasher = createPasswordHasher({ cost });
    for (const stored of ["", "plain", "scrypt$10$8$1$", "bcrypt$10$8$1$a$b"]) {
      expect(await hasher.verify(stored, "plain")).toBe(false);
    }
    expect(hasher.count).toBe(4);
  });

  test("run a few at a time, and fail when the queue is full", async () => {
    const hasher = createPasswordHasher({ cost, atOnce: 2, mostWaiting: 3 });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => hasher.hash("x")));
    const refused = asked.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(3);
    expect(refused[0]).toMatchObject({ reason: { code: "SIGN_IN_BUSY", facts: { retryAfterSeconds: 2 } } });
    // The slots are free again.
    expect(await Promise.all([hasher.hash("y"), hasher.hash("z")])).toHaveLength(2);
    expect(() => hasher.assertRoom()).not.toThrow();
  });

  test("cost at least what OWASP recommends for scrypt", () => {
    const { logN, r, p } = defaultCost;
    // N=2^15 r=8 p=3 is one of the rows of its Password Storage Cheat Sheet; memory is 128·N·r bytes.
    expect([logN, r, p]).toEqual([15, 8, 3]);
  });
});
