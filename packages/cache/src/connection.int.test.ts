import { expect, inject, test } from "vitest";
import { openFaultProxy } from "@weir/testkit/fault-proxy";
import { testPrefix } from "@weir/testkit/testing";
import { type Connection, openConnection } from "./connection";
import { createDeadlines } from "./deadlines";
import { TookTooLong } from "./settle-within";

const ask = (connection: Connection, withinMs: number, text: string) =>
  new Promise<string>((answered, failed) => {
    connection.ask("ECHO", withinMs, (redis) => redis.echo(text), { answered, failed });
  });

async function openThrough(url: string, commandTimeoutMs: number) {
  const deadlines = createDeadlines();
  const prepare = async () => undefined;
  const connection = openConnection({ source: { url }, name: "test", deadlines, commandTimeoutMs, prepare });
  await connection.whenUsable();
  return { connection, [Symbol.dispose]: connection.close };
}

test("what a frozen Redis does not answer is given up, and its late answer is nobody's", async () => {
  await using proxy = await openFaultProxy(inject("redisUrl"));
  using opened = await openThrough(proxy.url, 20);
  const { connection } = opened;
  expect(await ask(connection, 60_000, "before")).toBe("before");
  proxy.freeze();
  await expect(ask(connection, 5, "asked")).rejects.toBeInstanceOf(TookTooLong);
  await expect(connection.send("ECHO", (redis) => redis.echo("sent"))).rejects.toBeInstanceOf(TookTooLong);
  const patient = ask(connection, 60_000, "patient");
  proxy.thaw();
  expect(await patient).toBe("patient");
  expect(await ask(connection, 60_000, "after")).toBe("after");
});

test("whoever waits hears at once that the connection broke", async () => {
  await using proxy = await openFaultProxy(inject("redisUrl"));
  using opened = await openThrough(proxy.url, 60_000);
  const { connection } = opened;
  proxy.freeze();
  const asked = ask(connection, 60_000, "asked");
  const sent = connection.send("ECHO", (redis) => redis.echo("sent"));
  proxy.cut();
  await expect(asked).rejects.toBeInstanceOf(Error);
  await expect(sent).rejects.toBeInstanceOf(Error);
});

test("a client that throws has failed like one that rejects, and no sooner", async () => {
  using opened = await openThrough(inject("redisUrl"), 60_000);
  const odd = new Error(testPrefix());
  const heard: unknown[] = [];
  const throwing = (): Promise<never> => {
    throw odd;
  };
  opened.connection.ask("ODD", 60_000, throwing, {
    answered: () => heard.push("answered"),
    failed: (e) => heard.push(e),
  });
  expect(heard).toEqual([]);
  await expect(opened.connection.send("ODD", throwing)).rejects.toBe(odd);
  expect(heard).toEqual([odd]);
});
