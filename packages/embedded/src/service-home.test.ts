import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { messageOf } from "./service-error";
import { serviceHome } from "./service-home";

// Only root can become somebody else; whoever runs this as another user sees that nothing is in their way.
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};

let parent: string;
let closed: string;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeEach(() => {
  lines.length = 0;
  parent = mkdtempSync(join(tmpdir(), "weir-home-"));
  chmodSync(parent, 0o755);
  closed = join(parent, "closed");
  mkdirSync(join(closed, "data"), { recursive: true });
  chmodSync(closed, 0o700);
});
afterEach(() => rmSync(parent, { recursive: true }));

test("a folder that the user may enter is the home itself", async () => {
  expect(await serviceHome({ user, dataDir: parent, fallback: join(parent, "fallback"), log })).toBe(parent);
  expect(lines).toEqual([]);
});

test("a folder behind one that the user may not enter gets a home of its own elsewhere, the same one each time", async () => {
  const dataDir = join(closed, "data");
  const fallback = join(parent, "fallback");
  const home = await serviceHome({ user, dataDir, fallback, log });
  expect(await serviceHome({ user, dataDir, fallback, log })).toBe(home);
  expect(home.startsWith(fallback)).toBe(isRoot);
  expect(statSync(home).isDirectory()).toBe(true);
  expect(lines.filter((line) => line.includes(`may not enter ${closed}`))).toHaveLength(isRoot ? 2 : 0);
});

test("without another place the error names the folder in the way and the cure", async () => {
  const dataDir = join(closed, "data");
  const refused = await serviceHome({ user, dataDir, fallback: null, log }).catch(messageOf);
  expect(refused).toMatch(isRoot ? new RegExp(`under ${closed}, .*EACCES.*Set DATA_DIR`) : dataDir);
  const closedToo = await serviceHome({ user, dataDir, fallback: join(closed, "fallback"), log }).catch(messageOf);
  expect(closedToo).toMatch(isRoot ? /EACCES/ : dataDir);
});
