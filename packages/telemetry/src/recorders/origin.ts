import { currentScope, type Origin } from "@weir/core/scope";

/**
 * Who caused what is being recorded. Work outside any request (boot, sweeps, refreshes that outlive their request) is
 * a job: it is not the application's traffic, and it is shown unless it is the dashboard's own.
 */
export function currentOrigin(): Origin {
  return currentScope()?.origin ?? "job";
}
