// node:http at its limit: sends the given bytes and headers of each URL from a Map. Arguments: port, a file of JSON
// with [url, { headers, body }] entries.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file] = process.argv.slice(2);
const answers = new Map(JSON.parse(readFileSync(file, "utf8")));

createServer((req, res) => {
  const answer = answers.get(req.url);
  if (answer === undefined) return res.writeHead(404).end();
  res.writeHead(200, answer.headers);
  res.end(answer.body);
}).listen(Number(port), "127.0.0.1");
