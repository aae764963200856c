import type { IncomingMessage } from "node:http";

/** Why a body could not be read: it is too large, or the client left. */
export type BodyFailure = "too-large" | "gone";

/** The body as bytes, at most `mostBytes`. Never rejects; stops reading as soon as the limit is passed. */
export function readBody(req: IncomingMessage, mostBytes: number): Promise<Buffer | BodyFailure> {
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
      if (size > mostBytes) stop("too-large");
      else chunks.push(chunk);
    };
    const onEnd = (): void => stop(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    const onGone = (): void => stop("gone");
    req.on("data", onData);
    req.on("end", onEnd);
    // After an error too; a socket that ends early gives one, which is the client's leave and no failure of ours.
    req.on("close", onGone);
    req.on("error", ignore);
  });
}

const ignore = (): void => undefined;

/**
 * The text as the Fetch API reads it: UTF-8, with a replacement character for what is none. A text that begins with a
 * byte order mark is left to it, since how many of them it drops is its own affair.
 */
export function decodeBody(body: Buffer): string | Promise<string> {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return hasMark ? new Response(new Uint8Array(body)).text() : body.toString("utf8");
}
