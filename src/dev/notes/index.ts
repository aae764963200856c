// The list of features that the platform is tested with. It replaces `src/features/index.ts`.
import { notes } from "./feature";

export const features = [notes] as const;

export const servers = {
  notes: () => import("./server"),
};
