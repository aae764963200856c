/** Why the connection itself failed. `line` names the variable and holds no secret. */
export type Refusal = { code: "DATABASE_UNAVAILABLE" | "DATABASE_UNSUITABLE"; line: string };

/** The code of the error when a URL has several hosts and none is suitable. */
export const noSuitableHost = "NO_SUITABLE_HOST";

const ofNetwork: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the server closed the connection while it was being established",
  ENOTFOUND: "no such host is known",
  EAI_AGAIN: "the host name could not be resolved",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ETIMEDOUT: "no response in time",
  CONNECT_TIMEOUT: "no response in time",
  CONNECTION_CLOSED: "the server closed the connection while it was being established",
  ENOENT: "there is no such socket",
};

const ofTls: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is signed by an authority that is not trusted here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is signed by an authority that is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is signed by an authority that is not trusted here",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  EPROTO: "the TLS handshake failed",
};

const demandsTls = /[?&]ssl(?:mode)?=(?:require|verify|no-verify|true)/;
const hangUps = new Set(["ECONNRESET", "CONNECTION_CLOSED", "EPROTO"]);

function propertyOf(error: unknown, name: string): string | null {
  if (typeof error !== "object" || error === null || !(name in error)) return null;
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : null;
}

/** The server as `host:port`, without user and password. */
function addressOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the server";
}

/** PgBouncer has one code for all of its errors. With others than these it is unable to reach the server. */
const ofPoolerSettings =
  /startup parameter|no such (?:user|database)|does not exist|auth|SASL|password|SSL|TLS|pooling mode/i;

/** PgBouncer's, for settings in the startup packet that it does not know. */
export function isSettingsRefusal(error: unknown): boolean {
  return propertyOf(error, "code") === "08P01" && propertyOf(error, "message")?.includes("startup parameter") === true;
}

function cureOf(sqlState: string, message: string): string | null {
  if (sqlState === "08P01" && message.includes("startup parameter")) {
    return "A pooler rejects session settings. Use the server's own address, list them in PgBouncer's ignore_startup_parameters (docs/operations.md), or use a pool in transaction mode.";
  }
  if (sqlState === "08P01" && message.includes("max_client_conn")) {
    return "Raise max_client_conn in PgBouncer, or lower DATABASE_POOL_MAX on the nodes.";
  }
  if (sqlState === "08P01" && ofPoolerSettings.test(message))
    return "Check the user, the database and the pooler's settings.";
  if (sqlState.startsWith("28")) return "Check the user, the password and the server's pg_hba.conf.";
  if (sqlState === "3D000") return "Create the database, or use another one.";
  if (sqlState === "42501") {
    return "Its role lacks a privilege: npm run weir -- migrate --grants ROLE prints what it needs.";
  }
  if (sqlState === "42704") return "The server does not recognize a name in it.";
  if (sqlState === "53300") return "Raise max_connections, or lower DATABASE_POOL_MAX on the nodes.";
  if (sqlState.startsWith("08")) return "Check the server and its address.";
  return null;
}

/** Explains an error of a connection that was being made, or of its rights; null for any other error. */
export function explainRefusal(error: unknown, url: string, variable = "DATABASE_URL"): Refusal | null {
  const code = propertyOf(error, "code");
  if (code === null) return null;
  if (code === noSuitableHost) return { code: "DATABASE_UNAVAILABLE", line: propertyOf(error, "message") ?? "" };
  const network = ofNetwork[code];
  if (network !== undefined) {
    // A server without TLS cannot parse the handshake and closes the connection.
    if (demandsTls.test(url) && hangUps.has(code)) {
      const line = `${variable} (${addressOf(url)}): ${network}. Its sslmode requires TLS, which the server may not support.`;
      return { code: "DATABASE_UNSUITABLE", line };
    }
    return { code: "DATABASE_UNAVAILABLE", line: `${variable} (${addressOf(url)}): ${network}.` };
  }
  const tls = ofTls[code];
  if (tls !== undefined) {
    const line = `${variable} (${addressOf(url)}): ${tls}. Add the authority to NODE_EXTRA_CA_CERTS, or set sslmode.`;
    return { code: "DATABASE_UNSUITABLE", line };
  }
  const message = propertyOf(error, "message") ?? "";
  const cure = cureOf(code, message);
  if (cure === null) return null;
  // Too many connections, or a lost connection: it can recover.
  const isSettled = code === "08P01" && ofPoolerSettings.test(message);
  const mayHeal = code === "53300" || (code.startsWith("08") && !isSettled);
  const line = `${variable} (${addressOf(url)}): ${message}. ${cure}`;
  return { code: mayHeal ? "DATABASE_UNAVAILABLE" : "DATABASE_UNSUITABLE", line };
}
