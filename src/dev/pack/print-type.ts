import ts from "typescript";
import { PackError } from "./pack-error";
import type { NamedType } from "./program";

/** A comment above a declaration; empty without a text. */
export function printDoc(doc: string, indent: string): string {
  if (doc === "") return "";
  const lines = doc.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`;
}

const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const needsParentheses = (text: string): boolean => text.includes(" | ") || text.includes(" & ");

/**
 * Writes types by their structure, so that the text does not depend on their origin: no schema, no table, no import.
 * Types with a name in `named` are written by name, and queued for declaration.
 */
export class TypePrinter {
  readonly #checker: ts.TypeChecker;
  readonly #named: Map<ts.Type, NamedType>;
  /** Used names that still need a declaration, in order of use. */
  readonly #used = new Set<NamedType>();
  readonly #open: ts.Type[] = [];

  constructor(checker: ts.TypeChecker, named: readonly NamedType[]) {
    this.#checker = checker;
    this.#named = new Map(named.map((entry) => [entry.type, entry]));
  }

  /** The type as text. Errors name `where`. Throws a PackError for types that JSON cannot carry. */
  print(type: ts.Type, where: string, indent = ""): string {
    const named = this.#named.get(type);
    if (named !== undefined) {
      this.#used.add(named);
      return named.name;
    }
    return this.#structure(type, where, indent);
  }

  /** `export type` for every used name, including names used by these types. */
  declarations(): string {
    let text = "";
    // Grows while it is walked.
    for (const { name, type, doc } of this.#used) {
      text += `${printDoc(doc, "")}export type ${name} = ${this.#structure(type, name, "")};\n`;
    }
    return text;
  }

  #structure(type: ts.Type, where: string, indent: string): string {
    if (this.#open.includes(type)) throw new PackError(`${where} refers to itself: give it a name in a contract.ts.`);
    this.#open.push(type);
    try {
      return this.#write(type, where, indent);
    } finally {
      this.#open.pop();
    }
  }

  #write(type: ts.Type, where: string, indent: string): string {
    const { flags } = type;
    if ((flags & ts.TypeFlags.Any) !== 0) throw new PackError(`${where} is any: give it a type.`);
    if (type.isUnion()) return this.#union(type, where, indent);
    if (type.isIntersection()) return type.types.map((part) => this.print(part, where, indent)).join(" & ");
    if ((flags & ts.TypeFlags.Object) === 0)
      return this.#checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
    if (/^Async(?:Iterable|Generator)$/.test(type.symbol?.name ?? "")) {
      const [event] = this.#arguments(type);
      return `AsyncIterable<${event === undefined ? "unknown" : this.print(event, where, indent)}>`;
    }
    if (this.#checker.isArrayType(type)) return this.#array(type, where, indent);
    if (this.#checker.isTupleType(type)) return this.#tuple(type, where, indent);
    return this.#object(type, where, indent);
  }

  #arguments(type: ts.Type): readonly ts.Type[] {
    // Only references have arguments; the checker returns an empty list for other types.
    return this.#checker.getTypeArguments(type as ts.TypeReference);
  }

  #union(type: ts.UnionType, where: string, indent: string): string {
    // The compiler loses the name of a type in a union with null.
    const rest = this.#checker.getNonNullableType(type);
    const empty = type.types.filter(({ flags }) => (flags & (ts.TypeFlags.Null | ts.TypeFlags.Undefined)) !== 0);
    const parts = rest !== type && this.#named.has(rest) ? [rest, ...empty] : type.types;
    const texts = parts.map((part) => this.print(part, where, indent));
    // The compiler keeps `boolean` as its two values.
    const isBoolean = texts.includes("true") && texts.includes("false");
    const all = isBoolean ? [...texts.filter((text) => text !== "true" && text !== "false"), "boolean"] : texts;
    const isEmpty = (text: string): boolean => text === "null" || text === "undefined";
    return [...new Set([...all.filter((text) => !isEmpty(text)), ...all.filter(isEmpty)])].join(" | ");
  }

  #array(type: ts.Type, where: string, indent: string): string {
    const [element] = this.#arguments(type);
    const text = element === undefined ? "unknown" : this.print(element, `${where}[]`, indent);
    const isReadonly = type.symbol.name === "ReadonlyArray";
    return `${isReadonly ? "readonly " : ""}${needsParentheses(text) ? `(${text})` : text}[]`;
  }

  #tuple(type: ts.Type, where: string, indent: string): string {
    // A tuple is a reference whose target knows which elements are optional.
    const { elementFlags, readonly } = (type as ts.TupleTypeReference).target;
    const parts = this.#arguments(type).map((part, index) => {
      const text = this.print(part, `${where}[${index}]`, indent);
      const flag = elementFlags[index] ?? ts.ElementFlags.Required;
      if (flag === ts.ElementFlags.Required) return text;
      const wrapped = needsParentheses(text) ? `(${text})` : text;
      return flag === ts.ElementFlags.Optional ? `${wrapped}?` : `...${wrapped}[]`;
    });
    return `${readonly ? "readonly " : ""}[${parts.join(", ")}]`;
  }

  #object(type: ts.Type, where: string, indent: string): string {
    if (type.getCallSignatures().length > 0) throw new PackError(`${where} is a function, which JSON cannot carry.`);
    const inner = `${indent}  `;
    const lines = type.getProperties().map((property) => {
      const { name } = property;
      if (name.startsWith("__@")) throw new PackError(`${where} has a symbol as a key, which JSON cannot carry.`);
      const doc = printDoc(ts.displayPartsToString(property.getDocumentationComment(this.#checker)), inner);
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const text = this.print(this.#checker.getTypeOfSymbol(property), `${where}.${name}`, inner);
      return `${doc}${inner}${propertyName(name)}${isOptional ? "?" : ""}: ${text};\n`;
    });
    for (const { keyType, type: value, isReadonly } of this.#checker.getIndexInfosOfType(type)) {
      const key = this.#checker.typeToString(keyType);
      lines.push(
        `${inner}${isReadonly ? "readonly " : ""}[key: ${key}]: ${this.print(value, `${where}[key]`, inner)};\n`,
      );
    }
    return lines.length === 0 ? "object" : `{\n${lines.join("")}${indent}}`;
  }
}
