import { features } from "@/features";
import type { Feature } from "@/server/rpc/feature";

/** The pages of all features. Apart from those of the dashboard, whose code a public page must not load. */
export const featurePages = features.flatMap(({ pages }: Feature) => pages);
