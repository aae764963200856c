import { env } from "@/env.js";
import { messageOf, ServiceError, type Services, startServices } from "@weir/embedded";
import { onStopSignal } from "@weir/embedded/processes";

const say = (line: string): void => console.error(`weir  ${line}`);

function fail(error: unknown): never {
  say(
    error instanceof ServiceError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : messageOf(error),
  );
  process.exit(1);
}

let services: Services | null = null;
let stopping = false;

async function stop(): Promise<void> {
  stopping = true;
  // While starting, the start finishes first.
  if (services === null) return;
  say("Stopping Postgres and Redis …");
  await services.close();
  process.exit(0);
}

onStopSignal(
  () => void stop().catch(fail),
  () => process.exit(1),
);

try {
  services = await startServices({
    dataDir: env.DATA_DIR,
    need: { postgres: true, cache: true, queue: true },
    log: say,
    install: env.WEIR_INSTALL,
  });
} catch (error) {
  fail(error);
}
if (stopping) await stop().catch(fail);
// Standard output contains only these lines, so `npm run -s services > .env` works.
console.log(
  `DATABASE_URL=${services.databaseUrl}\nREDIS_URL=${services.redisUrl}\nQUEUE_REDIS_URL=${services.queueRedisUrl}`,
);
say("Postgres and Redis run until Ctrl-C.");
// The services are not children, so they would not keep this process alive.
setInterval(() => {}, 2 ** 30);
