import { readFileSync } from "node:fs";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { countConnections } from "./connections";

const count = (port: number): number => countConnections(readFileSync("/proc/net/tcp", "utf8"), port);

it.runIf(process.platform === "linux")("counts the connections of a server, not its listening socket", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(count(port)).toBe(0);
  const accepted = once(server, "connection");
  const client = connect(port, "127.0.0.1");
  await Promise.all([accepted, once(client, "connect")]);
  expect(count(port)).toBe(1);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(count(port)).toBe(0);
});

it("parses a line", () => {
  const line = (port: string, state: string) => `   0: 0100007F:${port} 0100007F:D431 ${state} 00000000:00000000 00`;
  const table = ["  sl  local_address rem_address   st", line("0BB8", "0A"), line("0BB8", "01"), line("0BB9", "01")];
  expect(countConnections([...table, line("0BB8", "08"), line("0BB8", "06"), ""].join("\n"), 3000)).toBe(2);
});
