import { expect, test } from "vitest";
import { createCookieJar } from "./request";

const now = Date.UTC(2026, 10, 22);
const setting = (...lines: string[]): Headers => new Headers(lines.map((line) => ["set-cookie", line]));

test("keeps the latest value of each cookie, and sends them in one header", () => {
  const jar = createCookieJar(() => now);
  expect(jar.header()).toBeNull();
  jar.store(setting("session=a=b; Path=/; HttpOnly; Max-Age=60", "theme=dark"));
  jar.store(setting("session=c; Expires=Mon, 23 Nov 2026 00:00:00 GMT"));
  expect(jar.header()).toBe("session=c; theme=dark");
});

test("drops cookies that the server removes", () => {
  const jar = createCookieJar(() => now);
  jar.store(setting("a=1", "b=2", "c=3"));
  jar.store(
    setting(
      "a=; Max-Age=0",
      "b=; expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "c=4; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ),
  );
  expect(jar.header()).toBe("c=4");
});

test("invalid cookies are left out", () => {
  const jar = createCookieJar(() => now);
  jar.store(setting("nothing", "=value"));
  jar.store(new Headers());
  expect(jar.header()).toBeNull();
});
