import type { IncomingMessage } from "node:http";

/** Why a body could not be read: it is too large, or the client disconnected. */
export type BodyFailure = "too-large" | "gone";

/** Reads a body of at most `maxBytes`. Never rejects; stops reading as soon as the body passes the limit. */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer | BodyFailure> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (result: Buffer | BodyFailure): void => {
      req.off("data", onData);
      req.off("end", onEnd);
      req.off("close", onGone);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) stop("too-large");
      else chunks.push(chunk);
    };
    const onEnd = (): void => stop(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    const onGone = (): void => stop("gone");
    req.on("data", onData);
    req.on("end", onEnd);
    // After an error too: a socket that ends early raises one, which means that the client left.
    req.on("close", onGone);
    req.on("error", ignore);
  });
}

const ignore = (): void => undefined;

/**
 * Decodes a body as the Fetch API does: UTF-8, with replacement characters for invalid bytes. A body that begins with a
 * byte order mark is left to the Fetch API itself, which has rules of its own for how many of them it drops.
 */
export function decodeBody(body: Buffer): string | Promise<string> {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return hasMark ? new Response(new Uint8Array(body)).text() : body.toString("utf8");
}
