import type { CacheError } from "@weir/cache/errors";
import type { CursorError } from "@weir/core/keyset-cursor";
import type { CodeOf } from "@weir/core/errors";
import type { DatabaseError } from "@weir/postgres/errors";
import type { AdvisorError } from "@weir/query-advisor/errors";
import type { TelemetryError } from "@weir/telemetry/errors";
import type { features } from "@/features";
import type { PlatformError } from "../errors";

type CodesOf<Source> = Source extends { errors: infer Errors } ? CodeOf<Errors> : never;

/** Everything that defines error codes: engines, the platform, features. A list, because there may be no features. */
type Sources = [
  { errors: typeof CacheError },
  { errors: typeof CursorError },
  { errors: typeof DatabaseError },
  { errors: typeof AdvisorError },
  { errors: typeof TelemetryError },
  { errors: typeof PlatformError },
  ...typeof features,
];

/** Every code that a call can fail with: of the engines, of the platform and of the features. */
export type ErrorCode = CodesOf<Sources[number]>;
