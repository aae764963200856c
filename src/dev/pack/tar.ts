import { gzipSync } from "node:zlib";

const blockBytes = 512;

/** A number as tar writes it: octal, filled up with zeros, ended by NUL. */
const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

function header(path: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(path, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(sizeBytes, 12), 124);
  // The day npm gives every file, so that the same sources make the same bytes.
  block.write(octal(Date.UTC(1985, 9, 26, 8, 15) / 1_000, 12), 136);
  block.write("        0", 148);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** The files as a gzipped tar (POSIX ustar), each under `package/`, as npm wants it. Paths are ASCII, 90 characters at most. */
export function packTar(files: ReadonlyMap<string, string>): Buffer {
  const blocks = [...files].flatMap(([name, text]) => {
    const content = Buffer.from(text);
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
    return [header(`package/${name}`, content.length), content, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 });
}
