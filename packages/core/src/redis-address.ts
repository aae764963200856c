import type { RedisOptions } from "ioredis";

const sentinelUrl = /^(rediss?)\+sentinel:\/\/(?:([^@/]*)@)?([^/?#]+)\/([^/?#]+)(?:\/(\d+))?(?:\?([^#]*))?$/u;
const defaultSentinelPort = 26_379;

/**
 * The options of ioredis for a URL of the form
 * `redis+sentinel://[[user]:password@]host[:port][,host[:port]…]/name[/database][?sentinelPassword=…]`, in which the hosts are
 * Sentinels and `name` is the primary that they watch; `rediss+sentinel:` for TLS. User and password are for Redis itself.
 * Null for any other URL, which ioredis parses itself.
 */
export function readSentinelUrl(url: string): RedisOptions | null {
  const [, scheme, credentials = "", hosts = "", name = "", database, query = ""] = sentinelUrl.exec(url) ?? [];
  if (scheme === undefined) return null;
  const colon = credentials.indexOf(":");
  const [user, password] = colon < 0 ? [credentials, ""] : [credentials.slice(0, colon), credentials.slice(colon + 1)];
  const sentinelPassword = new URLSearchParams(query).get("sentinelPassword");
  const tls = scheme === "rediss" ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {};
  return {
    sentinels: hosts.split(",").map(readHost),
    name: decodeURIComponent(name),
    // Drops the connection as soon as a Sentinel announces another primary, even if the old one keeps it open.
    failoverDetector: true,
    ...(user === "" ? {} : { username: decodeURIComponent(user) }),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    ...(database === undefined ? {} : { db: Number(database) }),
    ...tls,
  };
}

/** `host`, `host:port`, `[::1]:port`. */
function readHost(text: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/u.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: port === undefined ? defaultSentinelPort : Number(port) };
}
