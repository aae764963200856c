import { expect, inject, test } from "vitest";
import { createDeadlines, TimeoutError } from "@weir/core/deadlines";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { type Connection, openConnection } from "./connection";

const echo = (connection: Connection, timeoutMs: number, text: string) =>
  new Promise<string>((onReply, onError) => {
    connection.request("ECHO", timeoutMs, (redis) => redis.echo(text), { onReply, onError });
  });

async function openThrough(url: string, commandTimeoutMs: number) {
  const deadlines = createDeadlines();
  const prepare = async () => undefined;
  const connection = openConnection({ source: { url }, name: "test", deadlines, commandTimeoutMs, prepare });
  await connection.whenUsable();
  return { connection, [Symbol.dispose]: connection.close };
}

test("a command that a frozen Redis does not answer times out, and its late reply is ignored", async () => {
  await using proxy = await openFaultProxy(inject("redisUrl"));
  using opened = await openThrough(proxy.url, 20);
  const { connection } = opened;
  expect(await echo(connection, 60_000, "before")).toBe("before");
  proxy.freeze();
  await expect(echo(connection, 5, "asked")).rejects.toBeInstanceOf(TimeoutError);
  await expect(connection.send("ECHO", (redis) => redis.echo("sent"))).rejects.toBeInstanceOf(TimeoutError);
  const patient = echo(connection, 60_000, "patient");
  proxy.thaw();
  expect(await patient).toBe("patient");
  expect(await echo(connection, 60_000, "after")).toBe("after");
});

test("pending commands reject at once when the connection breaks", async () => {
  await using proxy = await openFaultProxy(inject("redisUrl"));
  using opened = await openThrough(proxy.url, 60_000);
  const { connection } = opened;
  proxy.freeze();
  const asked = echo(connection, 60_000, "asked");
  const sent = connection.send("ECHO", (redis) => redis.echo("sent"));
  proxy.cut();
  await expect(asked).rejects.toBeInstanceOf(Error);
  await expect(sent).rejects.toBeInstanceOf(Error);
});

test("a client that throws fails like one that rejects, and no sooner", async () => {
  using opened = await openThrough(inject("redisUrl"), 60_000);
  const odd = new Error(testPrefix());
  const heard: unknown[] = [];
  const throwing = (): Promise<never> => {
    throw odd;
  };
  opened.connection.request("ODD", 60_000, throwing, {
    onReply: () => heard.push("replied"),
    onError: (error) => heard.push(error),
  });
  expect(heard).toEqual([]);
  await expect(opened.connection.send("ODD", throwing)).rejects.toBe(odd);
  expect(heard).toEqual([odd]);
});
