import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { Cell } from "./cells";
import { checkAnswers } from "./check-answers";
import type { ServerName } from "./servers";

const open: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function answering(body: string, options: { status?: number; timing?: string } = {}): Promise<string> {
  const { status = 200, timing = "" } = options;
  const server = createServer((_req, res) => void res.writeHead(status, { "server-timing": timing }).end(body));
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

const cell = (server: ServerName, tier: Cell["tier"] = null): Cell => ({
  path: "L1 hit",
  server,
  urls: ["/"],
  tier,
  answer: (body) => JSON.parse(body) as unknown,
});

function check(cells: Cell[], origins: Partial<Record<ServerName, string>>): Promise<void> {
  const servers = new Map(
    cells.map(({ server }) => {
      const origin = origins[server] ?? "";
      return [server, { name: server, pid: 0, origin, stop: () => Promise.resolve() }];
    }),
  );
  return checkAnswers(cells, servers);
}

const cells = [cell("node:http"), cell("FastAPI")];

describe("checkAnswers", () => {
  it("accepts equivalent responses", async () => {
    const origins = { "node:http": await answering('{"a":1,"b":2}'), FastAPI: await answering('{"b": 2, "a": 1.0}') };
    await expect(check(cells, origins)).resolves.toBeUndefined();
  });

  it("rejects a server with a different response", async () => {
    const origins = { "node:http": await answering('{"a":1}'), FastAPI: await answering('{"a":2}') };
    await expect(check(cells, origins)).rejects.toThrow('FastAPI, L1 hit, / returned {"a":2}');
  });

  it("rejects a server that returns an error", async () => {
    const origins = { "node:http": await answering("{}"), FastAPI: await answering("{}", { status: 500 }) };
    await expect(check(cells, origins)).rejects.toThrow("status 500");
  });

  it("rejects a response from another tier than the path measures", async () => {
    const timing = (end: string) => `total;dur=1, cache;desc="city.byId ${end}";dur=0.1`;
    const weir = [cell("Weir api", "l1")];
    const ask = async (end: string) => check(weir, { "Weir api": await answering("{}", { timing: timing(end) }) });
    await expect(ask("l1")).resolves.toBeUndefined();
    await expect(ask("l2")).rejects.toThrow('not read from "l1"');
    await expect(ask("miss")).rejects.toThrow('not read from "l1"');
  });
});
