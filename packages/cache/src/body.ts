import { deflateRaw, inflateRaw, inflateRawSync } from "node:zlib";
import type { StoredEntry } from "./entry";

/** A value's JSON as an entry carries it. */
export type Body = Pick<StoredEntry, "encoding" | "body">;

/** Compressed bodies up to here are opened at once: the pool of threads would take longer than the work itself. */
const openedAtOnceLetters = 32 * 1024;
/** The first level is almost as small as the others, and several times faster. */
const level = 1;

/** Calls `packed` at once for what is small, else once the pool of threads has compressed it. */
export function packBody(json: string, plainLetters: number, packed: (body: Body) => void): void {
  if (json.length <= plainLetters) {
    packed({ encoding: "plain", body: json });
    return;
  }
  deflateRaw(json, { level }, (error, deflated) => {
    const body = error === null ? deflated.toString("base64") : json;
    if (body.length < json.length) packed({ encoding: "deflate", body });
    else packed({ encoding: "plain", body: json });
  });
}

/** True when `openBody` needs the pool of threads. */
export const isLarge = ({ encoding, body }: Body): boolean =>
  encoding === "deflate" && body.length > openedAtOnceLetters;

/** The JSON of a body that is not large; undefined where it cannot be read. */
export function openBodyNow({ encoding, body }: Body): string | undefined {
  if (encoding === "plain") return body;
  try {
    return inflateRawSync(Buffer.from(body, "base64")).toString();
  } catch {
    return undefined;
  }
}

/** The JSON of a body; undefined where it cannot be read. */
export function openBody(given: Body): Promise<string | undefined> {
  if (!isLarge(given)) return Promise.resolve(openBodyNow(given));
  return new Promise((resolve) => {
    inflateRaw(Buffer.from(given.body, "base64"), (error, json) =>
      resolve(error === null ? json.toString() : undefined),
    );
  });
}
