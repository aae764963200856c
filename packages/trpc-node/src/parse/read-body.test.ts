import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBody } from "./read-body";

const fetchApi = (bytes: Uint8Array): Promise<string> => new Response(new Uint8Array(bytes)).text();

test("a body decodes as the Fetch API decodes it", { timeout: 30_000 }, async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: "binary", maxLength: 4 }).map((text) => Buffer.from(text)),
      fc.constantFrom(Buffer.from("\ufeff"), Buffer.from([0xe2, 0x82]), Buffer.from([0xed, 0xa0, 0x80])),
    ),
    { maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => {
      const bytes = Buffer.concat(parts);
      expect(await decodeBody(bytes)).toBe(await fetchApi(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test.each(["", "\ufeff", "\ufeff\ufeff1", "1\ufeff"])(
  "byte order marks of %j decode as in the Fetch API",
  async (text) => {
    const bytes = Buffer.from(text);
    expect(await decodeBody(bytes)).toBe(await fetchApi(bytes));
  },
);
