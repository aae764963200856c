import type { Scenario } from "./scenario";
import { loads, others } from "./scenarios/loads";
import { badLinks, outages } from "./scenarios/outages";
import { processes } from "./scenarios/processes";
import { neighbours, races } from "./scenarios/races";
import { redisLoss } from "./scenarios/redis-loss";

/** The rows of the matrix, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  ...races,
  ...loads,
  ...outages,
  ...others,
  ...redisLoss,
  ...processes,
  ...badLinks,
  ...neighbours,
];
