// Starts all services on the folder in its argument, prints their state and runs until it is killed.
import { startServices } from "./services";

const services = await startServices({
  dataDir: process.argv[2] ?? "",
  need: { postgres: true, cache: true, queue: true },
  durable: false,
});
console.log([services.databaseUrl, services.redisUrl, services.queueRedisUrl].join("\n"));
setInterval(() => undefined, 2 ** 30);
