import { CacheError } from "@weir/cache/errors";
import { CursorError } from "@weir/core/keyset-cursor";
import type { ErrorCatalogue } from "@weir/core/errors";
import { DatabaseError } from "@weir/postgres/errors";
import { AdvisorError } from "@weir/query-advisor/errors";
import { TelemetryError } from "@weir/telemetry/errors";
import { features } from "@/features";
import type { Feature } from "./rpc/feature";
import { PlatformError } from "./errors";

/** Every error a caller may see, with its safe message. `docs/errors.md` lists the same codes; a test compares them. */
export const errorCatalogue: ErrorCatalogue = {
  ...CursorError.catalogue,
  ...PlatformError.catalogue,
  ...DatabaseError.catalogue,
  ...TelemetryError.catalogue,
  ...AdvisorError.catalogue,
  ...CacheError.catalogue,
  ...Object.assign({}, ...features.map(({ errors }: Feature) => errors.catalogue)),
};
