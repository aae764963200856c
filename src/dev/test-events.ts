/** One event of a stream as received. */
export type WireEvent = { event: string; id: string | null; data: unknown };

export type EventReader = {
  response: Response;
  /** The next event, without comments and pings; null at the end of the stream. */
  next: () => Promise<WireEvent | null>;
  /** The next event that the procedure yielded, or its error; skips pings, acknowledgements and restored IDs. */
  nextData: () => Promise<WireEvent | null>;
  close: () => void;
};

function parse(block: string): WireEvent | null {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(": ");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 2));
  }
  if (fields.size === 0) return null;
  const data = fields.get("data") ?? "";
  return {
    event: fields.get("event") ?? "message",
    id: fields.get("id") ?? null,
    data: data === "" ? null : (JSON.parse(data) as unknown),
  };
}

const own = new Set(["ping", "connected", "restore-id"]);

/** Reads a Server-Sent Events stream without a browser. */
export async function openEvents(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
  const controller = new AbortController();
  const response = await fetch(url, { headers, signal: controller.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<WireEvent | null> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const event = parse(text.slice(0, end));
        text = text.slice(end + 2).replace(/^\n+/, "");
        if (event !== null) return event;
        continue;
      }
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return null;
      text += chunk.value;
    }
  };
  const nextData = async (): Promise<WireEvent | null> => {
    for (;;) {
      const event = await next();
      if (event === null || !own.has(event.event)) return event;
    }
  };
  return { response, next, nextData, close: () => controller.abort() };
}
