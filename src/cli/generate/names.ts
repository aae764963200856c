import { camel, type FeatureSpec, pascal, snake } from "./feature-spec";
import type { Field } from "./field-types";

/** The spec, and the identifiers that follow from it. */
export type Names = FeatureSpec & {
  /** `Order` */
  Entity: string;
  /** `orders`, as an identifier. */
  plural: string;
  /** `ORDER_NOT_FOUND` without its end. */
  code: string;
  Errors: string;
  Service: string;
  writes: (one: "create" | "update" | "remove") => boolean;
  fieldOf: (name: string) => Field;
  /** What identifies a row: the ID, or the key of an adopted table. */
  key: readonly Field[];
  /** The fields of rows in their order, with those of the house. */
  rowFields: readonly Field[];
  /** The read by key: `byId`, or `byKey` for one of several parts. */
  byKey: "byId" | "byKey";
};

const house = (name: string): Field => ({ name, type: "integer", isOptional: false });

export function namesOf(spec: FeatureSpec): Names {
  const Entity = pascal(spec.entity);
  const key = spec.adopted?.key.map((name) => fieldOf(name)) ?? [house("id")];
  function fieldOf(name: string): Field {
    const field = spec.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new TypeError(`No field ${name}.`);
    return field;
  }
  return {
    ...spec,
    Entity,
    plural: camel(spec.name),
    code: snake(spec.entity).toUpperCase(),
    Errors: `${Entity}Error`,
    Service: `${Entity}Service`,
    writes: (one) => spec.mutations.includes(one),
    fieldOf,
    key,
    rowFields: spec.adopted === undefined ? [house("id"), ...spec.fields, house("version")] : spec.fields,
    byKey: key.length === 1 ? "byId" : "byKey",
  };
}

type Part = string | false | readonly Part[];

/** The parts as lines, without those that are false. */
export const lines = (...parts: readonly Part[]): string =>
  parts
    .map((part) => (typeof part !== "object" ? part : part.length === 0 ? noLines : lines(...part)))
    .filter((part) => part !== false && part !== noLines)
    .join("\n");
/** An empty list of parts; an empty line is an empty text. */
const noLines = "\u0000";
