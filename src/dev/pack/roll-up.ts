import ts from "typescript";
import { PackError } from "./pack-error";
import { printRouter } from "./print-router";
import { clientEntry, repository } from "./program";

/** The only packages whose types the client's may refer to. */
const allowed = new Set(["@trpc/client", "@trpc/server", "@trpc/server/rpc"]);

type Declared = { text: string; uses: ReadonlySet<string>; file: string };

/** What modules of declarations hold, by name. */
type Found = {
  declared: Map<string, Declared>;
  /** Which package a name comes from; null for another module of ours. */
  imported: Map<string, string | null>;
  exported: Set<string>;
};

/** The names that a declaration refers to; those of its own members and parameters are none. */
function namesUsedIn(node: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (child: ts.Node): void => {
    const { parent } = child;
    const isOwn =
      (ts.isTypeElement(parent) || ts.isClassElement(parent) || ts.isParameter(parent)) && parent.name === child;
    if (ts.isIdentifier(child) && !isOwn) names.add(child.text);
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  return names;
}

function nameOf(statement: ts.Statement): string | undefined {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0]?.name.getText();
  const isNamed =
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed ? statement.name?.text : undefined;
}

const isInternal = (specifier: string): boolean => specifier.startsWith(".") || specifier.startsWith("@/");

function readImport({ moduleSpecifier, importClause }: ts.ImportDeclaration, imported: Found["imported"]): void {
  const specifier = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : "";
  const bindings = importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) {
    throw new PackError(`Only named imports can be rolled up: ${specifier}.`);
  }
  for (const { name, propertyName } of bindings.elements) {
    if (propertyName !== undefined)
      throw new PackError(`${specifier}: an import under another name cannot be rolled up.`);
    imported.set(name.text, isInternal(specifier) ? null : specifier);
  }
}

const leadingComments = String.raw`^((?:\/\*[\s\S]*?\*\/\s*)*)`;

function readModule(source: ts.SourceFile, found: Found, isEntry: boolean): void {
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) readImport(statement, found.imported);
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    if (isEntry && clause !== undefined && ts.isNamedExports(clause)) {
      for (const { name } of clause.elements) found.exported.add(name.text);
    }
    const name = nameOf(statement);
    if (name === undefined) continue;
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported && isEntry) found.exported.add(name);
    const known = found.declared.get(name);
    if (known !== undefined) throw new PackError(`${known.file} and ${source.fileName} both declare ${name}.`);
    const text = statement
      .getFullText(source)
      .trim()
      .replace(new RegExp(`${leadingComments}export `), "$1");
    found.declared.set(name, { text, uses: namesUsedIn(statement), file: source.fileName });
  }
}

function emitClient(program: ts.Program): Map<string, string> {
  const texts = new Map<string, string>();
  const folder = clientEntry.replace(/\.ts$/, "/");
  for (const source of program.getSourceFiles()) {
    const { fileName } = source;
    if (fileName !== clientEntry && !fileName.startsWith(folder)) continue;
    program.emit(source, (_path, text) => texts.set(fileName, text), undefined, true);
  }
  return texts;
}

/** Everything that the exported names need, in the order of their first use. Throws a PackError for what is nowhere. */
function reach({ declared, imported, exported }: Found): Map<string, Declared> {
  const reached = new Map<string, Declared>();
  const waiting = new Set(exported);
  // Grows while it is walked.
  for (const name of waiting) {
    const declaration = declared.get(name);
    if (declaration === undefined) throw new PackError(`${name} is used, and its declaration was not found.`);
    reached.set(name, declaration);
    for (const used of declaration.uses) if (declared.has(used) || imported.get(used) === null) waiting.add(used);
  }
  return reached;
}

function importLines(reached: ReadonlyMap<string, Declared>, imported: Found["imported"]): string[] {
  const names = new Map<string, Set<string>>();
  for (const [name, { uses }] of reached) {
    for (const used of uses) {
      const specifier = imported.get(used) ?? null;
      if (specifier === null) continue;
      if (!allowed.has(specifier))
        throw new PackError(`${name} needs ${used} of ${specifier}, which the client may not.`);
      names.set(specifier, (names.get(specifier) ?? new Set()).add(used));
    }
  }
  const sorted = (list: Iterable<string>): string[] => [...list].toSorted((a, b) => (a < b ? -1 : 1));
  return sorted([...names].map(([specifier, used]) => `import { ${sorted(used).join(", ")} } from "${specifier}";\n`));
}

/**
 * The declarations of the client, of the router and of what they name, as one module without imports but tRPC's. Whatever the exported names do not need is left out. Throws a PackError for a reference that leads elsewhere.
 */
export function rollUp(program: ts.Program): string {
  const found: Found = { declared: new Map(), imported: new Map(), exported: new Set() };
  const parse = (name: string, text: string): ts.SourceFile =>
    ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
  for (const [file, text] of emitClient(program)) {
    if (text.includes("import("))
      throw new PackError(`${file.slice(repository.length + 1)} has a type without a name.`);
    readModule(parse(file, text), found, file === clientEntry);
  }
  const wanted = [...found.imported].filter(([, specifier]) => specifier === null).map(([name]) => name);
  readModule(parse("the router", printRouter(program, wanted)), found, true);
  const reached = reach(found);
  const texts = [...reached].map(([name, { text }]) =>
    found.exported.has(name) ? text.replace(new RegExp(leadingComments), "$1export ") : text,
  );
  // Without the last line everything that is declared would count as exported.
  return `${importLines(reached, found.imported).join("")}\n${texts.join("\n")}\nexport {};\n`;
}
