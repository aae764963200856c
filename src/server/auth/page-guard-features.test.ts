import { expect, test, vi } from "vitest";

vi.mock(import("@/features"), async (importOriginal) => {
  const page = { title: "Page", load: () => Promise.reject(new Error("No page is rendered here.")) };
  const pages = [
    { ...page, path: "/", role: "viewer" },
    { ...page, path: "/Orders", role: "operator" },
    { ...page, path: "/archive/orders" },
  ];
  // The guard reads nothing but the pages of the list.
  return { ...(await importOriginal()), features: [{ pages }] as never };
});

const { pageRule } = await import("./page-guard");

test.each(["/", "/index", "/index.rsc", "/index.txt", "/index.segments/_tree.segment.rsc", "//", "/%2e/"])(
  "%s requires the role of a feature's first page",
  (path) => {
    expect(pageRule(path)?.role).toBe("viewer");
  },
);

test.each(["/Orders", "/orders", "/%4Frders", "/orders/", "/orders.rsc", "/orders/7", "//orders"])(
  "%s requires the role of a feature's page",
  (path) => {
    expect(pageRule(path)?.role).toBe("operator");
  },
);

test.each(["/orders.segments/_tree.segment.rsc", "/_next/data/build/orders.json", "/orders%00"])(
  "%s, which contains the name of a feature's page, requires the highest role",
  (path) => {
    expect(pageRule(path)?.role).toBe("admin");
  },
);

test.each(["/archive/orders", "/borders", "/sign-in"])("%s is open", (path) => {
  expect(pageRule(path)).toBeNull();
});
