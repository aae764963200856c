import { once } from "node:events";
import { connect, createServer } from "node:net";
import { expect, it } from "vitest";
import { countConnections, countRows } from "./connections";

it.runIf(process.platform === "linux")(
  "counts the connections that a server holds, of all clients or of some",
  async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(countConnections(port)).toBe(0);
    const accepted = once(server, "connection");
    const client = connect(port, "127.0.0.1");
    await Promise.all([accepted, once(client, "connect")]);
    expect(countConnections(port)).toBe(1);
    expect(countConnections(port, new Set([client.localPort ?? 0]))).toBe(1);
    expect(countConnections(port, new Set([port]))).toBe(0);
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
    expect(countConnections(port)).toBe(0);
  },
);

it("parses a line", () => {
  const line = (port: string, state: string) => `   0: 0100007F:${port} 0100007F:D431 ${state} 00000000:00000000 00`;
  const table = ["  sl  local_address rem_address   st", line("0BB8", "0A"), line("0BB8", "01"), line("0BB9", "01")];
  expect(countRows([...table, line("0BB8", "08"), line("0BB8", "06"), ""].join("\n"), 3000)).toBe(2);
});
