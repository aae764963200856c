// The list of features: the one file outside a feature that names it.
import { cities } from "./cities/feature";

/** What browsers and the server know of each feature, in the order of the navigation. */
export const features = [cities] as const;

/** The server's half of each feature. Next bundles this file too and leaves these imports alone. */
export const servers = {
  cities: () => import(/* turbopackIgnore: true */ "./cities/server"),
};
