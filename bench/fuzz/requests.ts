import type { Random } from "./random";
import { anyInput, anyTarget, disturb } from "./urls";

const methods = [
  "GET",
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "POST",
  "HEAD",
  "OPTIONS",
  "PUT",
  "PATCH",
  "DELETE",
] as const;
const oddMethods = ["TRACE", "CONNECT", "PROPFIND", "get", "G\u0000T", "", "PRI", "GETT", " GET", "SEARCH"] as const;
const versions = ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/", "", "HTTP/1.1 x"] as const;
const contentTypes = [
  "application/json",
  "application/json",
  "application/json",
  "application/json; charset=utf-8",
  "Application/JSON;;;",
  "multipart/form-data; boundary=x",
  "application/octet-stream",
  "text/plain",
  "",
  "application/json\u00e9",
] as const;
const headers = [
  "Accept: application/jsonl",
  "trpc-accept: application/jsonl",
  "trpc-accept: x",
  "Last-Event-ID: 7",
  "Last-Event-ID: \u0001",
  "Origin: null",
  "Origin: http://localhost",
  "Expect: 100-continue",
  "Expect: the unexpected",
  "Upgrade: websocket\r\nConnection: Upgrade",
  "Connection: keep-alive, close, x",
  "Content-Length: 5\r\nContent-Length: 6",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Content-Length: 1e3",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: identity",
  "Host: second.example",
  "Cookie: a=b; \u00ff",
  "X: a\r\n folded",
  "No colon",
  ": no name",
  "Bad name: x",
  "X-Null: \u0000",
  "X-Forwarded-For: ::1, x, ,",
] as const;
const hosts = [
  "localhost",
  "127.0.0.1:1",
  "[::1]",
  "",
  "a b",
  "a@b",
  "a:b@c",
  "x:99999",
  "%",
  "1.2.3.4.5",
  "a/b",
] as const;

export type Ending = "half-close" | "destroy" | "wait";

export type Attempt = {
  bytes: Buffer;
  /** What the client does after sending: ends its half, disconnects at once, or waits for the server to end the connection. */
  ending: Ending;
};

function chunked(random: Random, body: Buffer): Buffer {
  const size = random.chance(0.85)
    ? body.length.toString(16)
    : random.pick(["zz", "-1", "", "ffffffffffffffff", "1;ext=1", "0x1"]);
  const end = random.chance(0.85) ? "\r\n0\r\n\r\n" : random.pick(["", "\r\n", "\r\n0\r\nTrailer: x\r\n\r\n", "0"]);
  return Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from(end)]);
}

function anyBody(random: Random): Buffer {
  if (random.chance(0.1)) return random.bytes(random.below(200));
  if (random.chance(0.1)) return Buffer.concat([Buffer.from("\ufeff"), Buffer.from(anyInput(random))]);
  return Buffer.from(random.chance(0.2) ? disturb(random, anyInput(random)) : anyInput(random));
}

function oneRequest(random: Random, isLast: boolean): Buffer {
  const method = random.chance(0.06) ? random.pick(oddMethods) : random.pick(methods);
  const version = random.chance(0.04) ? random.pick(versions) : "HTTP/1.1";
  const lines = [`${method} ${anyTarget(random)} ${version}`];
  if (random.chance(0.97)) lines.push(`Host: ${random.chance(0.9) ? "localhost" : random.pick(hosts)}`);
  while (random.chance(0.2)) lines.push(random.pick(headers));
  if (random.chance(0.005)) lines.push(`X-Long: ${"a".repeat(random.below(40_000))}`);
  if (isLast) lines.push("Connection: close");

  const hasBody = method === "POST" ? random.chance(0.95) : random.chance(0.15);
  let body: Buffer = Buffer.alloc(0);
  if (hasBody) {
    body = anyBody(random);
    if (random.chance(0.95)) lines.push(`Content-Type: ${random.pick(contentTypes)}`);
    if (random.chance(0.2)) {
      lines.push("Transfer-Encoding: chunked");
      body = chunked(random, body);
    } else {
      const announced = random.chance(0.97) ? body.length : body.length + random.below(7) - 3;
      lines.push(`Content-Length: ${announced}`);
    }
  }
  const newline = random.chance(0.98) ? "\r\n" : random.pick(["\n", "\r", "\r\r\n"]);
  // Latin 1, so that characters above 127 are single bytes and no UTF-8.
  return Buffer.concat([Buffer.from(lines.join(newline) + newline + newline, "latin1"), body]);
}

/** What one connection sends: one or several pipelined requests, sometimes cut short or with a byte changed. */
export function anyAttempt(random: Random): Attempt {
  const count = random.chance(0.85) ? 1 : random.below(4) + 2;
  let bytes: Buffer = Buffer.concat(
    Array.from({ length: count }, (_, index) => oneRequest(random, index === count - 1)),
  );
  if (random.chance(0.02)) bytes = random.bytes(random.below(300));
  if (random.chance(0.05)) bytes = bytes.subarray(0, random.below(bytes.length + 1));
  if (random.chance(0.05) && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  const ending = random.chance(0.1) ? "destroy" : random.chance(0.5) ? "half-close" : "wait";
  return { bytes, ending };
}
