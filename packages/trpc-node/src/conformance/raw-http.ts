import { connect } from "node:net";

export type RawRequest = {
  method?: string;
  /** As in the request line. */
  target: string;
  headers?: readonly (readonly [name: string, value: string])[];
  body?: string | Uint8Array;
  chunked?: boolean;
};

export type RawAnswer = { status: number; headers: [name: string, value: string][]; body: Buffer };

/** The bytes of a request that closes its connection. A body has a Content-Length, unless it is sent in chunks. */
function toBytes({ method = "GET", target, headers = [], body, chunked = false }: RawRequest): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  if (!names.has("host")) lines.push("Host: localhost");
  lines.push("Connection: close");
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  if (chunked) lines.push("Transfer-Encoding: chunked");
  else if (body !== undefined && !names.has("content-length")) lines.push(`Content-Length: ${bytes.length}`);
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  return Buffer.concat([head, chunked ? inChunks(bytes) : bytes]);
}

/** Cut in the middle, which may be inside a character. */
function inChunks(bytes: Buffer): Buffer {
  const middle = Math.ceil(bytes.length / 2);
  const parts = [bytes.subarray(0, middle), bytes.subarray(middle)].filter((part) => part.length > 0);
  const framed = parts.flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
  return Buffer.concat([...framed, Buffer.from("0\r\n\r\n")]);
}

/** Event streams keep their connection open, whatever the request asked for. */
function isWholeStream(bytes: Buffer): boolean {
  const head = bytes.toString("latin1", 0, bytes.indexOf("\r\n\r\n"));
  return /^connection: keep-alive$/im.test(head) && bytes.subarray(-7).toString("latin1") === "\r\n0\r\n\r\n";
}

/** All bytes of the response. Rejects when the server resets the connection. */
export function exchangeBytes(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (isWholeStream(Buffer.concat(chunks))) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    socket.write(bytes);
  });
}

function fromChunks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    if (!(size > 0)) break;
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

/** Parses one response, its body without the framing. Throws for invalid HTTP. */
export function parseAnswer(bytes: Buffer): RawAnswer {
  const headEnd = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`Not an HTTP response: ${bytes.toString("latin1", 0, 200)}`);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const rest = bytes.subarray(headEnd + 4);
  const isChunked = headers.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  return { status: Number(status), headers, body: isChunked ? fromChunks(rest) : rest };
}

/** Sends a request over its own connection and reads the response. */
export async function send(port: number, request: RawRequest): Promise<RawAnswer> {
  return parseAnswer(await exchangeBytes(port, toBytes(request)));
}
