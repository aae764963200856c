import { UsageError } from "../command";

const escape = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

const imports = /^import \{ (\w+) \} from "\.\/([\w-]+)\/feature";\n/gm;

/** The features that the text of src/features/index.ts lists. */
export function listedFeatures(text: string): string[] {
  return [...text.matchAll(imports)].map(([, , name = ""]) => name);
}

/** The text of src/features/index.ts without one of its features. Throws a UsageError when it is written in another way. */
export function withoutFeature(text: string, name: string): string {
  const line = [...text.matchAll(imports)].find(([, , folder]) => folder === name);
  const [whole = "", identifier = ""] = line ?? [];
  const list = /(export const features = \[)([^\]]*)(\])/.exec(text);
  const server = new RegExp(
    String.raw`\n[ \t]*["']?[\w-]+["']?: \(\) =>\s*import\((?:/\*[^*]*\*/)?\s*"\./${escape(name)}/server"\),?[ \t]*(?=\n)`,
  );
  if (line === undefined || list === null || !server.test(text)) {
    throw new UsageError(
      `src/features/index.ts lists ${name} in a form that this command does not recognize. Remove it from the list by hand, then run the command again with --force.`,
    );
  }
  const [, before = "", inside = "", after = ""] = list;
  const rest = inside
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "" && item !== identifier);
  return text
    .replace(list[0], `${before}${rest.join(", ")}${after}`)
    .replace(server, "")
    .replace(/\{\s*\n\s*\}/, "{}")
    .replace(whole, "");
}

/** The text of src/features/index.ts with one more feature, at the end. Throws a UsageError when it is written in another way. */
export function withFeature(text: string, name: string, identifier: string): string {
  const list = /(export const features = \[)([^\]]*)(\])/.exec(text);
  const servers = /(export const servers[^{]*\{)([^}]*)(\};?)/.exec(text);
  if (list === null || servers === null) {
    throw new UsageError(
      "src/features/index.ts is written in a form that this command does not recognize. Add the feature by hand.",
    );
  }
  const items = [...(list[2] ?? "").split(",").map((item) => item.trim()), identifier].filter((item) => item !== "");
  const property = /^[a-z]\w*$/i.test(name) ? name : `"${name}"`;
  const server = `  ${property}: () => import(/* turbopackIgnore: true */ "./${name}/server"),\n`;
  const inside = (servers[2] ?? "").trimEnd();
  const line = `import { ${identifier} } from "./${name}/feature";\n`;
  const last = [...text.matchAll(imports)].at(-1);
  const end = last === undefined ? text.search(/^(?!\/\/)/m) : last.index + last[0].length;
  return (text.slice(0, end) + line + text.slice(end))
    .replace(list[0], () => `${list[1]}${items.join(", ")}${list[3]}`)
    .replace(servers[0], () => `${servers[1]}${inside === "" ? "\n" : `${inside}\n`}${server}${servers[3]}`);
}
