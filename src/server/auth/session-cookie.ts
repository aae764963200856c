import { createHmac, timingSafeEqual, createHash, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

const mostKnown = 2_000;

export type SessionCookie = {
  readonly name: string;
  readonly isSecure: boolean;
  /** The hash of the token in the header when its signature is valid; otherwise null. */
  read: (cookieHeader: string | undefined) => string | null;
  /** Whether the header holds a cookie of this name, valid or not. */
  isIn: (cookieHeader: string | undefined) => boolean;
  /** `Set-Cookie` for a token. */
  write: (token: string, maxAgeSeconds: number) => string;
};

export type SessionCookieOptions = {
  secret: string;
  /** Over TLS the name begins with `__Host-`: browsers accept the cookie only from this host and send it only to this host. */
  isSecure: boolean;
};

/**
 * One name per installation, from its secret: browsers send the cookies of a host to all its ports, so two installations on
 * one host would otherwise replace each other's cookie.
 */
export function sessionCookieName({ secret, isSecure }: SessionCookieOptions): string {
  const installation = createHmac("sha256", secret).update("session cookie name").digest("hex").slice(0, 8);
  return `${isSecure ? "__Host-" : ""}weir.session.${installation}`;
}

/** The value of the first cookie of this name. */
function valueOf(header: string, name: string): string | null {
  for (let from = 0; from < header.length;) {
    const at = header.indexOf(name, from);
    if (at === -1) return null;
    const end = at + name.length;
    const before = at === 0 ? ";" : header[at - 1];
    if ((before === ";" || before === " ") && header[end] === "=") {
      const stop = header.indexOf(";", end);
      return header.slice(end + 1, stop === -1 ? undefined : stop).trim();
    }
    from = end;
  }
  return null;
}

/** `<token>.<HMAC-SHA-256 in base64>`, percent-encoded: as better-auth signs its cookies. */
export function createSessionCookie(options: SessionCookieOptions): SessionCookie {
  const { secret, isSecure } = options;
  const name = sessionCookieName(options);
  // Verified values are memoized: two hashes cost more than the rest of a warm lookup.
  const known = new LRUCache<string, string>({ max: mostKnown });
  const sign = (token: string): Buffer => createHmac("sha256", secret).update(token).digest();

  /** The hash of the token in a value with a valid signature; otherwise null. */
  function verify(value: string): string | null {
    let plain = value;
    try {
      plain = decodeURIComponent(value);
    } catch {
      return null;
    }
    const dot = plain.lastIndexOf(".");
    if (dot < 1) return null;
    const token = plain.slice(0, dot);
    const given = Buffer.from(plain.slice(dot + 1), "base64");
    const right = sign(token);
    return given.length === right.length && timingSafeEqual(given, right) ? hashToken(token) : null;
  }

  return {
    name,
    isSecure,
    isIn: (header) => header !== undefined && valueOf(header, name) !== null,
    read: (header) => {
      const value = header === undefined ? null : valueOf(header, name);
      if (value === null || value.length > 512) return null;
      const before = known.get(value);
      if (before !== undefined) return before;
      const tokenHash = verify(value);
      if (tokenHash !== null) known.set(value, tokenHash);
      return tokenHash;
    },
    write: (token, maxAgeSeconds) => {
      const value = encodeURIComponent(`${token}.${sign(token).toString("base64")}`);
      const secure = isSecure ? "; Secure" : "";
      return `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
    },
  };
}

/** A new secret for a cookie: 256 bits. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** The stored hash of a token. Tokens are random, so one round without salt is enough. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** The line of `Set-Cookie` with `Secure`, for a request that came over TLS: browsers then send it over TLS only. */
export const withSecure = (line: string): string => (/;\s*secure\s*(?:;|$)/i.test(line) ? line : `${line}; Secure`);
