import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

// A browser's translator replaces text nodes by elements. React then fails when it removes such a node or inserts
// something before it, and changes to it stay unseen. It handles text well that is the only child of its element.

type Child = "text" | "changing text" | "may come and go" | "element";

function kindOf(child: ts.JsxChild, checker: ts.TypeChecker): Child {
  if (ts.isJsxText(child)) return "text";
  if (!ts.isJsxExpression(child) || child.expression === undefined) return "element";
  if (ts.isStringLiteralLike(child.expression)) return "text";
  const type = checker.getTypeAtLocation(child.expression);
  const parts = type.isUnion() ? type.types : [type];
  const has = (flags: ts.TypeFlags): boolean => parts.some((part) => (part.flags & flags) !== 0);
  if (has(ts.TypeFlags.Object)) return "may come and go";
  return has(ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike) ? "changing text" : "element";
}

/** What is wrong with the children of one element or fragment; null if nothing is. */
function judge(node: ts.JsxElement | ts.JsxFragment, checker: ts.TypeChecker): string | null {
  const kinds = node.children
    .filter((child) => !(ts.isJsxText(child) && child.containsOnlyTriviaWhiteSpaces))
    .filter((child) => !(ts.isJsxExpression(child) && child.expression === undefined))
    .map((child) => kindOf(child, checker));
  const isText = (kind: Child | undefined): boolean => kind === "text" || kind === "changing text";
  if (ts.isJsxFragment(node) && kinds.some(isText)) return "text in a fragment: put it into an element";
  if (kinds.length > 1 && kinds.includes("changing text")) {
    return "changing text beside other children: use one template literal, or put it into an element";
  }
  const isBefore = kinds.some((kind, index) => kind === "may come and go" && isText(kinds[index + 1]));
  return isBefore ? "text behind something that may come and go: put it into an element" : null;
}

function findBareText(program: ts.Program, files: readonly string[]): string[] {
  const found: string[] = [];
  for (const file of files) {
    const source = program.getSourceFile(file);
    const visit = (node: ts.Node): void => {
      const why = ts.isJsxElement(node) || ts.isJsxFragment(node) ? judge(node, program.getTypeChecker()) : null;
      if (source !== undefined && why !== null) {
        found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${why}`);
      }
      ts.forEachChild(node, visit);
    };
    if (source !== undefined) visit(source);
  }
  return found;
}

const planted = "src/dev/planted.tsx";
const plants = `type P = { name: string; count: number; isOn: boolean };
export const A = ({ name }: P) => <p>Dear {name}</p>;
export const B = ({ isOn }: P) => <p>{isOn ? "on" : ""}<b>!</b></p>;
export const C = ({ isOn }: P) => <p>{isOn ? <b>!</b> : null} after</p>;
export const D = ({ count }: P) => <>{count}</>;
export const E = ({ name, isOn }: P) => <p><span>{name}</span>{isOn ? <b>!</b> : null}<i>a <b>b</b> c</i></p>;
export const F = ({ name }: P) => <p>{\`Dear \${name}\`}</p>;
`;

test("no page has changing text beside other nodes, where a translated page would break", { timeout: 180_000 }, () => {
  const root = resolve(import.meta.dirname, "../..");
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  );
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".tsx"))
    .map((file) => join(root, "src", file));
  const host = ts.createCompilerHost(options);
  const real = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target, ...rest) =>
    file === planted ? ts.createSourceFile(file, plants, target) : real(file, target, ...rest);
  const program = ts.createProgram([...files, planted], options, host);
  expect(files.length).toBeGreaterThan(50);
  expect(findBareText(program, [planted]).map((line) => line.slice(0, line.indexOf(" ")))).toEqual(
    [2, 3, 4, 5].map((line) => `${planted}:${line}`),
  );
  expect(findBareText(program, files)).toEqual([]);
});
