import type { CacheError } from "@weir/cache/errors";
import type { CodeOf } from "@weir/core/errors";
import type { CursorError } from "@weir/core/cursor-error";
import type { DatabaseError } from "@weir/postgres/errors";
import type { AdvisorError } from "@weir/query-advisor/errors";
import type { TelemetryError } from "@weir/telemetry/errors";
import type { CityError } from "@/features/cities/errors";
import type { PlatformError } from "../errors";

/** Every code that a call can fail with: of the engines, of the platform and of the features. */
export type ErrorCode =
  | CodeOf<typeof CacheError>
  | CodeOf<typeof CursorError>
  | CodeOf<typeof DatabaseError>
  | CodeOf<typeof AdvisorError>
  | CodeOf<typeof TelemetryError>
  | CodeOf<typeof PlatformError>
  | CodeOf<typeof CityError>;
