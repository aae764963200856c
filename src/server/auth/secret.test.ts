import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
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
  warn: () => undefined,
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

  describe("in a stored file", () => {
    const store = async (text: string, mode = 0o600): Promise<string> => {
      await mkdir(join(folder, "data"), { recursive: true });
      const file = join(folder, "data", "auth-secret");
      await writeFile(file, text, { mode });
      await chmod(file, mode);
      return file;
    };

    test.each([
      ["", /auth-secret is empty\. Restore it from a backup, or remove it: a new secret is generated/],
      ["\n", /is empty\./],
      ["short\n", /has 5 characters; at least 32 are required\. Restore it/],
    ])("%j ends the start with a sentence and its cure, and the file stays", async (text, sentence) => {
      const file = await store(text);
      await expect(resolveSecret(options())).rejects.toMatchObject({
        code: "AUTH_SECRET_UNUSABLE",
        message: expect.stringMatching(sentence),
      });
      expect(await readFile(file, "utf8")).toBe(text);
      await rm(file);
      expect((await resolveSecret(options())).length).toBeGreaterThanOrEqual(43);
    });

    test("that others can read is closed to them, with a line that says so", async () => {
      const file = await store("s".repeat(43), 0o644);
      const lines: string[] = [];
      expect(await resolveSecret(options({ warn: (line) => lines.push(line) }))).toBe("s".repeat(43));
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(lines).toEqual([expect.stringContaining(`Other accounts could read ${file}`)]);
    });

    test("that is a folder, or a data folder that is a file, is named", async () => {
      await mkdir(join(folder, "data", "auth-secret"), { recursive: true, mode: 0o700 });
      await expect(resolveSecret(options())).rejects.toThrow(/auth-secret cannot be read \(EISDIR\)\. Restore/);
      await rm(join(folder, "data"), { recursive: true });
      await writeFile(join(folder, "data"), "");
      await expect(resolveSecret(options())).rejects.toThrow(/cannot be read \(ENOTDIR\)/);
    });
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
