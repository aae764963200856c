import { Agent, get } from "node:http";

/** Header names and values alternating, as received. */
export type RawAnswer = { status: number; rawHeaders: string[]; body: string };

/** One GET over a new connection. */
export function fetchRaw(url: string): Promise<RawAnswer> {
  const agent = new Agent({ keepAlive: true });
  return new Promise<RawAnswer>((resolve, reject) => {
    get(url, { agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => void chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, rawHeaders: response.rawHeaders, body });
      });
    }).once("error", reject);
  }).finally(() => agent.destroy());
}

/** A header of a response; null when absent. */
export function headerOf({ rawHeaders }: RawAnswer, name: string): string | null {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? null : (rawHeaders[at + 1] ?? null);
}
