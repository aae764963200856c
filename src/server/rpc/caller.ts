import type { Services } from "./context";
import { t } from "./init";
import { appRouter } from "./root";

const createCaller = t.createCallerFactory(appRouter);

/** Calls procedures from inside the program, with the rights of the program itself. */
export function createInternalCaller(services: Services): ReturnType<typeof createCaller> {
  return createCaller({ services, client: { kind: "internal" } });
}
