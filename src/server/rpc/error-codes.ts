import type { CacheError } from "@weir/cache/errors";
import type { CursorError } from "@weir/core/keyset-cursor";
import type { CodeOf } from "@weir/core/errors";
import type { DatabaseError } from "@weir/postgres/errors";
import type { AdvisorError } from "@weir/query-advisor/errors";
import type { TelemetryError } from "@weir/telemetry/errors";
import type { features } from "@/features";
import type { PlatformError } from "../errors";

type CodesOf<Listed> = Listed extends { errors: { catalogue: infer Catalogue } } ? keyof Catalogue & string : never;
type FeatureCode = CodesOf<(typeof features)[number]>;

/** Every code that a call can fail with: of the engines, of the platform and of the features. */
export type ErrorCode =
  | CodeOf<typeof CacheError>
  | CodeOf<typeof CursorError>
  | CodeOf<typeof DatabaseError>
  | CodeOf<typeof AdvisorError>
  | CodeOf<typeof TelemetryError>
  | CodeOf<typeof PlatformError>
  | FeatureCode;
