import { type Agent, type ClientRequest, request } from "node:http";
import type { Visit } from "./visits";

/** The status of the fully read response; null without a response; "late" when it took too long. */
export type VisitResult = number | null | "late";

const longestMs = 15_000;
const soonMs = 3;

function depart(sent: ClientRequest, { leaves, body }: Visit): void {
  if (leaves === "in the body" && body !== null) {
    sent.write(body.slice(0, body.length / 2), () => sent.destroy());
    return;
  }
  sent.end(body ?? undefined);
  if (leaves === "soon") setTimeout(() => sent.destroy(), soonMs);
  else if (leaves !== "never") sent.once("finish", () => sent.destroy());
}

/** Makes one request and reads the whole response, unless the visit disconnects earlier. Never rejects. */
export function makeVisit(origin: string, agent: Agent, visit: Visit): Promise<VisitResult> {
  return new Promise((resolve) => {
    let status: number | null = null;
    let isLate = false;
    const { method, headers, body } = visit;
    const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { method, headers: { ...headers, ...length }, agent: visit.alone ? false : agent } as const;
    const sent = request(origin + visit.path, options, (response) => {
      response.on("error", () => undefined);
      response.on("end", () => {
        status = response.statusCode ?? null;
      });
      response.resume();
    });
    const timer = setTimeout(() => {
      isLate = true;
      sent.destroy();
    }, longestMs);
    // Disconnecting raises an error.
    sent.on("error", () => undefined);
    sent.on("close", () => {
      clearTimeout(timer);
      resolve(isLate ? "late" : status);
    });
    depart(sent, visit);
  });
}
