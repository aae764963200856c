import { type Attack, noneOf, type Check, type Unmeasured } from "../attack";
import { ask, sendBytes } from "../client";
import type { Target } from "../target";

const marker = "siege.smuggled";
/** The request that must never be answered: its response would name the procedure that does not exist. */
const hidden = `GET /api/trpc/${marker} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Rest: `;
const visible = "POST /api/trpc/siege.visible HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
const behindZero = `0\r\n\r\n${hidden}`;

type Shape = { name: string; bytes: string };

/** One request whose length two servers may read differently; the hidden one lies inside its body. */
const both = (name: string, lines: string, body = behindZero): Shape => ({
  name,
  bytes: `${visible}Content-Length: ${body.length}\r\n${lines}\r\n\r\n${body}`,
});
const chunked = (name: string, body: string): Shape => ({
  name,
  bytes: `${visible}Transfer-Encoding: chunked\r\n\r\n${body}`,
});
const raw = (name: string, bytes: string): Shape => ({ name, bytes });
const withBody = (method: string): Shape =>
  raw(
    `${method} with a body`,
    `${method} /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  );

const shapes: readonly Shape[] = [
  both("CL and TE", "Transfer-Encoding: chunked"),
  raw("TE and CL", `${visible}Transfer-Encoding: chunked\r\nContent-Length: ${behindZero.length}\r\n\r\n${behindZero}`),
  both("TE with a space before the colon", "Transfer-Encoding : chunked"),
  both("TE with a tab before the colon", "Transfer-Encoding\t: chunked"),
  both("TE with a leading space", " Transfer-Encoding: chunked"),
  both("xchunked", "Transfer-Encoding: xchunked"),
  both("quoted chunked", 'Transfer-Encoding: "chunked"'),
  both("chunked in capitals", "transfer-encoding: CHUNKED"),
  both("TE with a tab", "Transfer-Encoding:\tchunked"),
  both("TE with a vertical tab", "Transfer-Encoding: \x0bchunked"),
  both("TE with a NUL", "Transfer-Encoding: chunked\0"),
  both("TE with a non-breaking space", "Transfer-Encoding: \xa0chunked"),
  both("chunked, identity", "Transfer-Encoding: chunked, identity"),
  both("identity, chunked", "Transfer-Encoding: identity, chunked"),
  both("two TE", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
  both("two TE, the other way", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
  both("TE behind a folded line", "X-Fold: a\r\n Transfer-Encoding: chunked"),
  both("TE behind a bare LF", "X: a\nTransfer-Encoding: chunked"),
  both("TE behind a bare CR", "X: a\rTransfer-Encoding: chunked"),
  both("a folded TE", "Transfer-Encoding:\r\n chunked"),
  both("Transfer_Encoding", "Transfer_Encoding: chunked"),
  both("TE in Connection", "Connection: Transfer-Encoding, close\r\nTransfer-Encoding: chunked"),
  both("an upgrade", "Connection: Upgrade\r\nUpgrade: websocket"),
  both("h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
  both("an expectation", "Expect: 100-continue"),
  both("an unknown expectation", "Expect: 200-ok"),
  both("two CL, the longer one first", "Content-Length: 5"),
  raw(
    "two CL, the shorter one first",
    `${visible}Content-Length: 5\r\nContent-Length: ${5 + hidden.length}\r\n\r\n{"a":${hidden}`,
  ),
  raw("a CL list", `${visible}Content-Length: 5, ${5 + hidden.length}\r\n\r\n{"a":${hidden}`),
  raw("a signed CL", `${visible}Content-Length: +${hidden.length}\r\n\r\n${hidden}`),
  raw("a negative CL", `${visible}Content-Length: -1\r\n\r\n${hidden}`),
  raw("a hexadecimal CL", `${visible}Content-Length: 0x5\r\n\r\n{"a":${hidden}`),
  raw("a CL with a space before the colon", `${visible}Content-Length : ${hidden.length}\r\n\r\n${hidden}`),
  raw("a CL with a word", `${visible}Content-Length: 5 5\r\n\r\n{"a":${hidden}`),
  raw("an endless CL", `${visible}Content-Length: 99999999999999999999\r\n\r\n${hidden}`),
  chunked("a chunk longer than its size", `2\r\n{}${hidden}\r\n0\r\n\r\n`),
  chunked("a chunk size beyond 64 bits", `10000000000000002\r\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a negative chunk size", `-2\r\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a chunk size with 0x", `0x2\r\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a chunk size with an underscore", `0_2\r\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a chunk extension with a bare LF", `2;\n{}\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`),
  chunked("a bare LF behind the chunk size", `2\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a bare LF behind the chunk", `2\r\n{}\n0\r\n\r\n${hidden}`),
  chunked("a bare CR behind the chunk size", `2\r{}\r\n0\r\n\r\n${hidden}`),
  chunked("a chunk extension of 20 000 bytes", `2;${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n${hidden}`),
  chunked("a trailer that is a header", `2\r\n{}\r\n0\r\nContent-Length: 4000\r\nBad Name: x\r\n\r\n${hidden}`),
  withBody("GET"),
  withBody("HEAD"),
  withBody("DELETE"),
  withBody("OPTIONS"),
  withBody("TRACE"),
  raw("no colon", `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nnonsense\r\n\r\n${hidden}`),
  raw("a name with a NUL", `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX\0: a\r\n\r\n${hidden}`),
  raw(
    "HTTP/1.0 in chunks",
    `${visible.replace("HTTP/1.1", "HTTP/1.0")}Transfer-Encoding: chunked\r\n\r\n${behindZero}`,
  ),
  raw("HTTP/0.9", `GET /healthz\r\n\r\n${hidden}`),
  raw(
    "HTTP/1.2",
    `GET /healthz HTTP/1.2\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n${hidden}`,
  ),
  raw("CR in the request line", `GET /healthz\rGET /api/trpc/${marker} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
  raw(
    "absolute form with a body",
    `GET http://other.example/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ),
];

const answersHidden = (text: string): boolean => text.includes(marker);

/** Direct: one request gets one response, and the hidden one none. */
async function direct(target: Target): Promise<string[]> {
  const broken: string[] = [];
  await Promise.all(
    shapes.map(async ({ name, bytes }) => {
      // The end of the hidden request, which a server that took it for a second one would answer.
      const { text, statuses } = await sendBytes(target.port, `${bytes}x\r\n\r\n`);
      const final = statuses.filter((status) => status >= 200);
      // A second response may only say that the rest is no request.
      const extra = final.slice(1).filter((status) => status !== 400);
      if (answersHidden(text) || extra.length > 0) broken.push(`${name}: ${final.join(", ")}`);
    }),
  );
  return broken;
}

/** Behind a proxy that shares its connections: the next client must get the response to its own request. */
async function behindProxy(target: Target, port: number): Promise<string[]> {
  const broken: string[] = [];
  for (const [index, { name, bytes }] of shapes.entries()) {
    const attack = sendBytes(port, `${bytes}x\r\n\r\n`, { quietMs: 150 });
    const replies = await Promise.all(
      [0, 1].map((turn) => ask(port, { path: `/api/trpc/siege.victim${index}x${turn}` })),
    );
    const { text } = await attack;
    const after = await ask(port, { path: `/api/trpc/siege.victim${index}x2` });
    const isOwn = [...replies, after].every(({ text: own }, turn) => own.includes(`siege.victim${index}x${turn}`));
    if (!isOwn)
      broken.push(`${name}: another client got ${[...replies, after].map(({ status }) => status).join(", ")}`);
    if (answersHidden(text)) broken.push(`${name}: the hidden request was answered`);
  }
  return broken;
}

/** Requests whose end two servers may see in different places. */
export const smuggling: Attack = {
  name: "smuggling",
  isQuick: true,
  pages: "matter",
  run: async (target) => {
    const checks: Check[] = [
      noneOf("one request, one response, whatever its framing", await direct(target), shapes.length),
    ];
    const unmeasured: Unmeasured[] = [];
    const name = "behind nginx, no client gets the response of another";
    if (target.proxies === null) unmeasured.push({ name, reason: "nginx is not installed" });
    else checks.push(noneOf(name, await behindProxy(target, target.proxies.sharingPort), shapes.length));
    return { checks, unmeasured };
  },
};
