import type { Context, Services } from "./context";
import { t } from "./init";
import { appRouter } from "./root";

const createCaller = t.createCallerFactory(appRouter);

const nobody = async (): Promise<null> => null;

/**
 * Calls procedures from inside the program, with the rights of the program itself. The audit log knows what it does by
 * `label`.
 */
export function createInternalCaller(services: Services, label = "program"): ReturnType<typeof createCaller> {
  const context: Context = {
    services,
    client: { kind: "internal", label },
    session: nobody,
    sessionNow: nobody,
    isSameOrigin: () => true,
    setSessionToken: () => undefined,
  };
  return createCaller(context);
}
