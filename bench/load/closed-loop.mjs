// A closed loop over node:http, for machines without wrk. Prints its report as one line of JSON. Arguments: origin,
// file of paths, connections, seconds.
import { readFileSync } from "node:fs";
import { Agent, get } from "node:http";

const [origin = "", pathsFile = "", connections = "1", seconds = "1"] = process.argv.slice(2);
const paths = readFileSync(pathsFile, "utf8").split("\n").filter(Boolean);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
/** @type {number[]} */
const latencies = [];
let failures = 0;
let index = 0;

/**
 * @param {string} path
 * @returns {Promise<void>}
 */
function ask(path) {
  return new Promise((resolve) => {
    const begin = performance.now();
    const failed = () => {
      failures += 1;
      resolve();
    };
    get(origin + path, { agent }, (response) => {
      response.resume().once("error", failed);
      response.once("end", () => {
        latencies.push(performance.now() - begin);
        if ((response.statusCode ?? 500) >= 400) failures += 1;
        resolve();
      });
    }).once("error", failed);
  });
}

const begin = performance.now();
const end = begin + Number(seconds) * 1000;
async function connection() {
  while (performance.now() < end) {
    const path = paths[index % paths.length] ?? "/";
    index += 1;
    await ask(path);
  }
}
await Promise.all(Array.from({ length: Number(connections) }, connection));
agent.destroy();

latencies.sort((a, b) => a - b);
/** @param {number} share */
const percentile = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
console.log(
  JSON.stringify({
    requests: latencies.length,
    failures,
    seconds: (performance.now() - begin) / 1000,
    latencyMsP50: percentile(0.5),
    latencyMsP99: percentile(0.99),
  }),
);
