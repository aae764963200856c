import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { describe, expect, test } from "vitest";
import { adminPages } from "@/admin/pages";
import { mayPass, pageRule } from "./page-guard";

/** The paths of all pages in a Next folder. */
async function pagesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => /(?:^|[\\/])(?:page|route)\.tsx?$/.test(file))
    .map((file) => {
      const segments = relative("src/app", join(folder, file)).split(sep).slice(0, -1);
      return `/${segments.filter((segment) => !segment.startsWith("(")).join("/")}`;
    });
}

describe("rule S1: pages", () => {
  test("Next mounts the listed pages of the dashboard and no other, each with its role", async () => {
    // The one mount knows the list alone, and answers 404 for the rest.
    expect(await pagesIn("src/app/admin")).toEqual(["/admin/[[...path]]"]);
    for (const { path, role } of adminPages) {
      expect(path).toMatch(/^\/admin(?:\/[a-z]+)*$/);
      expect(pageRule(path)).toEqual({ path, role });
    }
  });

  test("a listed page and the pages below it require its role", () => {
    expect(pageRule("/admin")?.role).toBe("viewer");
    expect(pageRule("/admin/nothing/here")?.role).toBe("viewer");
    expect(pageRule("/admin/users")?.role).toBe("admin");
    expect(pageRule("/admin/users/42")?.role).toBe("admin");
    expect(pageRule("/administrator")?.role).toBe("admin");
  });

  test.each([
    "//admin",
    "/%61dmin",
    "/%2561dmin",
    "/ADMIN",
    "/Admin/",
    "/\\admin",
    "/x/../admin",
    "/x/%2e%2e/admin",
    "/./admin",
    "/admin;x=1",
    "/admin.txt",
    "/admin.rsc",
    "/admin/index.txt",
    "/admin.segments/_tree.segment.rsc",
    "/_next/data/build/admin.json",
    "/_next/static/../../admin",
    "/_next/static/%2e%2e/%2e%2e/admin",
    "/_next/image?url=/admin",
    "/%E0%A4%A/admin",
  ])("%s requires a role", (path) => {
    expect(mayPass(pageRule(path.split("?", 1)[0] ?? ""), null)).toBe(path.includes("?"));
  });

  test.each(["//admin/users", "/admin/x/../users", "/admin/%75sers", "/ADMIN/USERS.txt", "/admin//audit/"])(
    "%s requires the role of the page that it spells",
    (path) => {
      expect(pageRule(path)?.role).toBe("admin");
    },
  );

  test.each(["/", "/sign-in", "/forbidden", "/_next/static/chunks/app/admin/page-0a1b.js", "/icon.svg", "/notes/42"])(
    "%s is public",
    (path) => {
      expect(pageRule(path)).toBeNull();
    },
  );
});
