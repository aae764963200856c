import { camel, type FeatureSpec, type Field, pascal, snake } from "./feature-spec";

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
};

export function namesOf(spec: FeatureSpec): Names {
  const Entity = pascal(spec.entity);
  return {
    ...spec,
    Entity,
    plural: camel(spec.name),
    code: snake(spec.entity).toUpperCase(),
    Errors: `${Entity}Error`,
    Service: `${Entity}Service`,
    writes: (one) => spec.mutations.includes(one),
    fieldOf: (name) => {
      const field = spec.fields.find((candidate) => candidate.name === name);
      if (field === undefined) throw new TypeError(`No field ${name}.`);
      return field;
    },
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
