import { fetchRaw, type RawAnswer } from "./fetch-raw";

/** Names and values alternating, as `writeHead` takes them. */
export type RecordedAnswer = { headers: string[]; body: string };

/** Headers that Node writes. */
const written = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length"]);

function record({ rawHeaders, body }: RawAnswer): RecordedAnswer {
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
    if (!written.has(name.toLowerCase())) headers.push(name, value);
  }
  return { headers: [...headers, "content-length", String(Buffer.byteLength(body))], body };
}

/** Records a server's response to each of these URLs, for plain node:http to repeat byte for byte. */
export async function recordAnswers(origin: string, urls: readonly string[]): Promise<[string, RecordedAnswer][]> {
  return Promise.all(
    urls.map(async (url): Promise<[string, RecordedAnswer]> => {
      // The second response comes from the cache.
      await fetchRaw(origin + url);
      return [url, record(await fetchRaw(origin + url))];
    }),
  );
}
