import { lookAtGroups } from "./groups";
import { lookAtHotKeys } from "./hot";
import { lookAtKey } from "./key-detail";
import { lookAtKeys } from "./keys-page";
import { lookAtServer } from "./server";
import { lookAtTags } from "./tags";
import type { InspectionTools } from "./tools";
import type { CacheInspection } from "./types";

export function createInspection(tools: InspectionTools): CacheInspection {
  return {
    server: () => lookAtServer(tools),
    groups: (options) => lookAtGroups(tools, options),
    tags: (options) => lookAtTags(tools, options),
    keys: (request, options) => lookAtKeys(tools, request, options),
    key: (request) => lookAtKey(tools, request),
    hotKeys: (limit) => lookAtHotKeys(tools, limit),
  };
}
