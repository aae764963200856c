import { defineErrors } from "@weir/core/errors";

/** What the platform fails with: accounts, streams, traces. */
export const PlatformError = defineErrors({
  SIGNED_OUT: {
    rpcCode: "UNAUTHORIZED",
    message: "Sign in first.",
    when: "The call requires a role, but has no session, or a session that has ended.",
    fix: "Sign in, then repeat the call.",
  },
  ROLE_TOO_LOW: {
    rpcCode: "FORBIDDEN",
    message: "Your role does not allow this.",
    when: "The session has a lower role; `data.requiredRole` names the lowest role that is allowed.",
    fix: "Ask an administrator.",
  },
  PASSWORD_CHANGE_REQUIRED: {
    rpcCode: "FORBIDDEN",
    message: "Your password is temporary. Choose your own password first.",
    when: "The password is temporary. Only `account.*` is allowed until it is changed.",
    fix: "Change it at `/admin/account`.",
  },
  CROSS_SITE: {
    rpcCode: "FORBIDDEN",
    message:
      "A call with a session must come from a page of this server, and a mutation must send a matching Origin header. Behind a proxy, PUBLIC_ORIGIN says what matches.",
    when: "A cookie came with another site's `Origin` or `Sec-Fetch-Site`, or with a mutation without `Origin`.",
    fix: "From a program: send `Origin`. Behind a proxy: set `PUBLIC_ORIGIN`.",
  },
  CREDENTIALS_WRONG: {
    rpcCode: "UNAUTHORIZED",
    message: "The email address or the password is wrong.",
    when: "The email address is unknown, the password is wrong, or the user is disabled. The response does not say which.",
    fix: "Try again, or ask an administrator for a new password.",
  },
  SIGN_IN_LIMITED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "Too many sign-in attempts for this user or from this address. Wait, then try again.",
    when: "Too many attempts failed in the last 15 minutes. The correct password is not accepted either.",
    fix: "Wait for `data.retryAfterSeconds`, which is also sent as `Retry-After`.",
  },
  SIGN_IN_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "Too many passwords are waiting to be checked. Try again shortly.",
    when: "A process checks two passwords at a time, and sixteen are waiting.",
    fix: "Repeat after `data.retryAfterSeconds`.",
  },
  COLD_KEYS_EXHAUSTED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "Too many requests for uncached data. Wait, then try again.",
    when: "One client loaded more than `LIMIT_COLD_KEYS` keys from the database within a minute, on the node that responded. Cached values are still served.",
    fix: "Wait for `data.retryAfterSeconds`, which is also sent as `Retry-After`. To read everything, slow down or use your own session.",
  },
  AUTH_SECRET_MISSING: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message:
      "AUTH_SECRET must be set: in production with DATABASE_URL, all nodes must sign sessions with the same secret. Generate one with: openssl rand -base64 32.",
    when: "At startup; never in a response.",
    fix: "Set the same `AUTH_SECRET` on every node.",
  },
  AUTH_SECRET_UNUSABLE: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message: "The session secret file cannot be used.",
    when: "At startup; never in a response. The file `auth-secret` in `DATA_DIR` is empty, too short or unreadable, or could not be written; the message says which.",
    fix: "Restore it from a backup, or remove it: a new one is generated, and all users sign in again. Or set `AUTH_SECRET`.",
  },
  PASSWORD_WRONG: {
    rpcCode: "FORBIDDEN",
    message: "The current password is wrong.",
    when: "A new password was requested with the wrong current one, or the password has changed meanwhile. Counts as a sign-in attempt.",
    fix: "Enter the current password.",
  },
  PASSWORD_WEAK: {
    rpcCode: "BAD_REQUEST",
    message: "The new password is too easy to guess.",
    when: "It equals the current password, breaks the rule that the message names, or withstands too few guesses. At the start: `ADMIN_PASSWORD`.",
    fix: "The message says what to change; a few unrelated words make a good password.",
  },
  EMAIL_TAKEN: {
    rpcCode: "CONFLICT",
    message: "This email address is already in use.",
    when: "A user with this address exists already, possibly disabled.",
    fix: "Change that user instead.",
  },
  PERSON_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No user with this ID exists.",
    when: "An ID or email address that belongs to no user.",
    fix: "Take IDs from `users.list`.",
  },
  SESSION_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "You have no session with this ID.",
    when: "The session has ended already, or belongs to another user.",
    fix: "Read `account.sessions` again.",
  },
  LAST_ADMIN: {
    rpcCode: "CONFLICT",
    message: "This is the last administrator. Add another administrator first.",
    when: "The last enabled administrator would lose the role or be disabled.",
    fix: "Give another user the role first.",
  },
  OWN_ACCOUNT: {
    rpcCode: "CONFLICT",
    message: "You cannot do this to your own user. Ask another administrator.",
    when: "You tried to disable your own user.",
    fix: "Ask another administrator.",
  },
  STREAMS_EXHAUSTED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "The maximum number of live streams is open. Close one, or poll instead.",
    when: "A client, or this node, has the maximum number of subscriptions open. The message says which.",
    fix: "Close a tab, or use the query instead.",
  },
  SERVER_DRAINING: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "This node is shutting down. Reconnect to reach another node.",
    when: "The node received SIGTERM and ends its streams in order to stop.",
    fix: "Reconnect with the last event ID; browsers do so automatically.",
  },
  RANGE_IN_FUTURE: {
    rpcCode: "BAD_REQUEST",
    message: "The range starts in the future: no metrics exist yet.",
    when: "`from` of a custom range is later than the server's clock.",
    fix: "Compare the clocks; choose a range that has started.",
  },
  TRAFFIC_RUNNING: {
    rpcCode: "CONFLICT",
    message: "Sample traffic is being sent already.",
    when: "A run of `traffic.start` has not ended on the node that responded.",
    fix: "Wait for its end, a minute after its start.",
  },
  TRAFFIC_UNAVAILABLE: {
    rpcCode: "NOT_FOUND",
    message: "This node cannot send sample traffic to itself.",
    when: "It serves no features, or does not listen on an address of its own machine.",
    fix: "Run `npm run weir -- traffic` beside a node that does.",
  },
  TRACE_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No trace with this ID exists, or it has expired.",
    when: "The trace was not kept, newer ones have replaced it, or it is not pinned and was to be unpinned.",
    fix: "Take IDs from `traces.list`; pin what must stay.",
  },
  TRACES_PINNED_FULL: {
    rpcCode: "CONFLICT",
    message: "The maximum of 200 pinned traces is reached. Unpin one first.",
    when: "One more trace was to be pinned.",
    fix: "Read `traces.pinned` and unpin what is no longer needed.",
  },
});
