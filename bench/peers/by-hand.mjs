// A hand-written baseline: node:http with postgres.js and ioredis, and nothing in between. Arguments: port, settings.
import { createServer } from "node:http";
import { Redis } from "ioredis";
import postgres from "postgres";
import { readSettings, toPage } from "./read-settings.mjs";

const [port, file] = process.argv.slice(2);
const { databaseUrl, redisUrl, redisKeyPrefix, poolMax, statements } = readSettings(file);
const { byId, search, list } = statements;
const sql = postgres(databaseUrl, { max: poolMax, onnotice: () => {} });
const redis = new Redis(redisUrl);
const prepared = { prepare: true };
const json = "application/json";

function send(res, body) {
  res.writeHead(200, { "content-type": json, "content-length": Buffer.byteLength(body) });
  res.end(body);
}

/** The first path that matches. */
const routes = [
  ["/ready", () => "{}"],
  ["/redis/", (url) => redis.get(redisKeyPrefix + url.slice("/redis/".length))],
  [
    "/sql/",
    async (url) => {
      const rows = await sql.unsafe(byId.text, [Number(url.slice("/sql/".length))], prepared);
      return rows.length === 0 ? null : JSON.stringify(rows[0]);
    },
  ],
  ["/search", async () => JSON.stringify({ items: await sql.unsafe(search.text, search.parameters, prepared) })],
  ["/list", async () => JSON.stringify(toPage(await sql.unsafe(list.text, list.parameters, prepared), 50))],
];

createServer((req, res) => {
  const route = routes.find(([begin]) => req.url.startsWith(begin));
  if (route === undefined) return res.writeHead(404).end();
  Promise.resolve(route[1](req.url)).then(
    (body) => (body === null ? res.writeHead(404).end() : send(res, body)),
    () => res.writeHead(500).end(),
  );
}).listen(Number(port), "127.0.0.1");
