import type { Session } from "@/server/auth/session";
import type { AccountService } from "@/admin/account/service";
import type { AuditService } from "@/admin/audit/service";
import type { InsightsService } from "@/admin/insights/service";
import type { InspectionService } from "@/admin/keys/service";
import type { InvalidationService } from "@/admin/cache/service";
import type { UsersService } from "@/admin/users/service";
import type { PlanService } from "@/admin/queries/service";
import type { TrafficService } from "@/admin/traffic/service";
import type { TraceService } from "@/admin/traces/service";
import type { Streams } from "@/server/live/streams";

/** The services of the platform; the runtime makes them once. A feature's routers are made over its own service. */
export type PlatformServices = {
  accounts: AccountService;
  audit: AuditService;
  insights: InsightsService;
  inspection: InspectionService;
  invalidation: InvalidationService;
  users: UsersService;
  plans: PlanService;
  streams: Streams;
  traces: TraceService;
  traffic: TrafficService;
};

/** The caller: a client over HTTP, or this program (CLI, tests, jobs), which the audit log names by a label. */
export type Client = { kind: "http"; address: string } | { kind: "internal"; label: string };

/** The context of every procedure. */
export type Context = {
  services: PlatformServices;
  client: Client;
  /** The session; null when signed out. Looked up on first use, once per request. */
  session: () => Promise<Session | null>;
  /** Looks the session up again, at most a second old: for streams that outlive the request. */
  sessionNow: () => Promise<Session | null>;
  /**
   * Whether the request may use its session cookie (rule S2). Also true without a cookie, because then there is nothing
   * to misuse.
   */
  isSameOrigin: (isMutation: boolean) => boolean;
  /** Hides the timings of this response from pages that show where responses came from. */
  hideTimings: () => void;
  /** Moves the client's session to another token. Does nothing when the response head has already been sent. */
  setSessionToken: (token: string) => void;
};
