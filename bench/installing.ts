import type { InstallOptions } from "@weir/embedded/system-packages";
import { env } from "@/env.js";

/** How suites install missing system packages: as WEIR_INSTALL says, announced in their log. */
export const installing = (log: (text: string) => void): InstallOptions => ({ policy: env.WEIR_INSTALL, log });
