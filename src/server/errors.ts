import { defineErrors } from "@weir/core/errors";

/** What the platform fails with: accounts, streams, traces. */
export const PlatformError = defineErrors({
  SIGNED_OUT: {
    rpcCode: "UNAUTHORIZED",
    message: "Sign in first.",
    when: "The call takes a role, and no session came with it, or the one that came has ended.",
    fix: "Sign in, then repeat the call.",
  },
  ROLE_TOO_LOW: {
    rpcCode: "FORBIDDEN",
    message: "Your role does not allow this.",
    when: "The session is of a lower role; `data.requiredRole` names the least that may.",
    fix: "Ask an administrator.",
  },
  PASSWORD_CHANGE_REQUIRED: {
    rpcCode: "FORBIDDEN",
    message: "Your password is temporary. Choose your own password first.",
    when: "Somebody else has seen the password. `account.*` is open.",
    fix: "Change it at `/admin/account`.",
  },
  CROSS_SITE: {
    rpcCode: "FORBIDDEN",
    message:
      "A call with a session must come from a page of this server, and a mutation must send a matching Origin header.",
    when: "A cookie came with another site's `Origin` or `Sec-Fetch-Site`, or with a change that has no `Origin`.",
    fix: "From a program: send `Origin`. Behind a proxy: set `PUBLIC_ORIGIN`.",
  },
  CREDENTIALS_WRONG: {
    rpcCode: "UNAUTHORIZED",
    message: "The email address or the password is wrong.",
    when: "Signing in failed: nobody has the email, the password is another one, or the person is disabled. Which of them is not told.",
    fix: "Try again, or ask an administrator for a new password.",
  },
  SIGN_IN_LIMITED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "Too many sign-in attempts for this user or from this address. Wait, then try again.",
    when: "The failed attempts of the last quarter of an hour are as many as are allowed. The right password is not tried either.",
    fix: "Wait for `data.retryAfterSeconds`, which is also `Retry-After`.",
  },
  SIGN_IN_BUSY: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "Too many passwords are waiting to be checked. Try again shortly.",
    when: "A process checks two at a time, and sixteen wait.",
    fix: "Repeat after `data.retryAfterSeconds`.",
  },
  AUTH_SECRET_MISSING: {
    rpcCode: "INTERNAL_SERVER_ERROR",
    message:
      "AUTH_SECRET must be set: in production with DATABASE_URL, all nodes must sign sessions with the same secret. Generate one with: openssl rand -base64 32.",
    when: "At the start, never in an answer.",
    fix: "Set `AUTH_SECRET`, the same on every node.",
  },
  PASSWORD_WRONG: {
    rpcCode: "FORBIDDEN",
    message: "The current password is wrong.",
    when: "A new password was asked for with a wrong current one, or it was changed meanwhile. It counts as an attempt to sign in.",
    fix: "Give the current one.",
  },
  PASSWORD_WEAK: {
    rpcCode: "BAD_REQUEST",
    message: "The new password is too easy to guess.",
    when: "It is the current one, or breaks the rule that the message names.",
    fix: "Choose another.",
  },
  EMAIL_TAKEN: {
    rpcCode: "CONFLICT",
    message: "This email address is already in use.",
    when: "A person was to be added whose email is there, disabled people included.",
    fix: "Change that person instead.",
  },
  PERSON_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No user with this ID exists.",
    when: "An id or email that no person has.",
    fix: "Take it from `users.list`.",
  },
  SESSION_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "You have no session with this ID.",
    when: "It has ended already, or is another person's.",
    fix: "Read `account.sessions` again.",
  },
  LAST_ADMIN: {
    rpcCode: "CONFLICT",
    message: "This is the last administrator. Add another administrator first.",
    when: "The last administrator who is not disabled was to be lowered or disabled.",
    fix: "Give somebody else the role first.",
  },
  OWN_ACCOUNT: {
    rpcCode: "CONFLICT",
    message: "You cannot do this to your own user. Ask another administrator.",
    when: "Somebody was about to disable himself.",
    fix: "Ask another administrator.",
  },
  STREAMS_EXHAUSTED: {
    rpcCode: "TOO_MANY_REQUESTS",
    message: "The maximum number of live streams is open. Close one, or poll instead.",
    when: "A subscription beyond what one client, or this node, may hold open. The message says which.",
    fix: "Close a tab, or use the query instead.",
  },
  SERVER_DRAINING: {
    rpcCode: "SERVICE_UNAVAILABLE",
    message: "This node is shutting down. Reconnect to reach another node.",
    when: "The node got SIGTERM; its streams end so that it can close.",
    fix: "Connect again with the last event's id; browsers do so by themselves.",
  },
  RANGE_IN_FUTURE: {
    rpcCode: "BAD_REQUEST",
    message: "The range starts in the future, where no metrics exist yet.",
    when: "`from` of a range of one's own lies after the server's clock.",
    fix: "Compare the clocks; ask for a range that has begun.",
  },
  TRACE_NOT_FOUND: {
    rpcCode: "NOT_FOUND",
    message: "No trace with this ID exists, or it has expired.",
    when: "The request was not among those that are kept, newer ones have pushed it out of the ring, or it was to be unpinned and is not pinned.",
    fix: "Take ids from `traces.list`; pin what is to stay.",
  },
  TRACES_PINNED_FULL: {
    rpcCode: "CONFLICT",
    message: "The maximum of 200 pinned traces is reached. Unpin one first.",
    when: "One more was to be pinned.",
    fix: "Read `traces.pinned` and unpin what nobody needs.",
  },
});
