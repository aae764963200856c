import ts from "typescript";
import { PackError } from "./pack-error";
import { TypePrinter, printDoc } from "./print-type";
import { findNamedTypes, findRouter } from "./program";

const builders: Readonly<Record<string, string>> = {
  '"query"': "TRPCQueryProcedure",
  '"mutation"': "TRPCMutationProcedure",
  '"subscription"': "TRPCSubscriptionProcedure",
};

/**
 * The type of the router as a separate module: every procedure with its comment, input and output by structure, and the
 * types of the contracts by name, including `wanted` even if no procedure uses them. Throws a PackError that names the
 * procedure whose types cannot be written this way.
 */
export function printRouter(program: ts.Program, wanted: readonly string[]): string {
  const checker = program.getTypeChecker();
  const named = findNamedTypes(program);
  const printer = new TypePrinter(checker, named);
  for (const { name, type } of named) if (wanted.includes(name)) printer.print(type, name);
  const used = new Set(["TRPCBuiltRouter"]);

  function member(type: ts.Type, name: string): ts.Type {
    const symbol = type.getProperty(name);
    if (symbol === undefined)
      throw new PackError(`The router's type has no ${name}. The tRPC version may not be supported.`);
    return checker.getTypeOfSymbol(symbol);
  }

  function printProcedure(definition: ts.Type, path: string, indent: string): string {
    const builder = builders[checker.typeToString(member(definition, "type"))];
    if (builder === undefined) throw new PackError(`${path} is neither query nor mutation nor subscription.`);
    used.add(builder);
    const types = member(definition, "$types");
    const inner = `${indent}  `;
    const input = printer.print(member(types, "input"), `input of ${path}`, inner);
    const output = printer.print(member(types, "output"), `output of ${path}`, inner);
    return `${builder}<{\n${inner}input: ${input};\n${inner}output: ${output};\n${inner}meta: object;\n${indent}}>`;
  }

  function printRecord(record: ts.Type, path: string, indent: string): string {
    const inner = `${indent}  `;
    const lines = record.getProperties().map((property) => {
      const type = checker.getTypeOfSymbol(property);
      const own = path === "" ? property.name : `${path}.${property.name}`;
      const definition = type.getProperty("_def");
      const text =
        definition === undefined
          ? printRecord(type, own, inner)
          : printProcedure(checker.getTypeOfSymbol(definition), own, inner);
      const doc = printDoc(ts.displayPartsToString(property.getDocumentationComment(checker)), inner);
      return `${doc}${inner}${property.name}: ${text};\n`;
    });
    return `{\n${lines.join("")}${indent}}`;
  }

  const definition = member(findRouter(program), "_def");
  const record = printRecord(member(definition, "record"), "", "");
  const shape = printer.print(member(member(member(definition, "_config"), "$types"), "errorShape"), "the error", "  ");
  const root = `{\n  ctx: object;\n  meta: object;\n  errorShape: ${shape};\n  transformer: false;\n}`;
  const router = `/** Every procedure of the server. */\nexport type AppRouter = TRPCBuiltRouter<${root}, ${record}>;\n`;
  const declarations = printer.declarations();
  return `import { ${[...used].toSorted().join(", ")} } from "@trpc/server";\n${declarations}${router}`;
}
