import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolveSecret, type SecretOptions } from "./secret";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weir-secret-"));
});
afterEach(() => rm(folder, { recursive: true }));

const options = (more: Partial<SecretOptions> = {}): SecretOptions => ({
  given: undefined,
  dataDir: join(folder, "data"),
  isProduction: true,
  hasExternalDatabase: false,
  ...more,
});

describe("the secret that signs sessions", () => {
  test("is the given one, and writes no file", async () => {
    expect(await resolveSecret(options({ given: "g".repeat(32), hasExternalDatabase: true }))).toBe("g".repeat(32));
    expect(await readdir(folder)).toEqual([]);
  });

  test("is generated once for embedded services, readable by its owner only", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => resolveSecret(options())));
    expect(new Set(all).size).toBe(1);
    expect(all[0]?.length).toBeGreaterThanOrEqual(43);
    expect(await resolveSecret(options())).toBe(all[0]);
    const file = join(folder, "data", "auth-secret");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, "utf8")).trim()).toBe(all[0]);
    expect(await readdir(join(folder, "data"))).toEqual(["auth-secret"]);
  });

  test("is required in production when nodes may share a database", async () => {
    await expect(resolveSecret(options({ hasExternalDatabase: true }))).rejects.toMatchObject({
      code: "AUTH_SECRET_MISSING",
      message: expect.stringContaining("openssl rand -base64 32"),
    });
    const inDevelopment = await resolveSecret(options({ hasExternalDatabase: true, isProduction: false }));
    expect(inDevelopment.length).toBeGreaterThanOrEqual(43);
  });
});
