import { isExplainable, readShape, type StatementShape, withoutEnd } from "./plan/statement-shape";
import type { PlanSources } from "./sources";
import { AdvisorError } from "./errors";

export type KnownStatement = {
  name: string;
  variant: number;
  variants: number;
  /** Without a semicolon at its end. */
  text: string;
  /** As it is sent, by which the values that were sent with it are known. */
  sentText: string;
  shape: StatementShape;
};

/** How the store ends a text that was too long for it. */
const cutMark = " …";

/**
 * A statement by its recorded name: as this process sends it, else as a node has stored it.
 * @throws WeirError STATEMENT_UNKNOWN, STATEMENT_NOT_EXPLAINABLE
 */
export async function findStatement(
  { statements, facts }: Pick<PlanSources, "statements" | "facts">,
  { statement: name, variant }: { statement: string; variant: number },
): Promise<KnownStatement> {
  const own = statements.textsOf(name);
  const stored = own.length === 0 ? await facts.storedText(name) : null;
  const texts = stored === null ? own : [stored];
  const sentText = texts[variant];
  if (sentText === undefined) throw new AdvisorError("STATEMENT_UNKNOWN");
  if (stored !== null && stored.endsWith(cutMark)) {
    throw new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail: "Its text was too long to be stored in full." });
  }
  const text = withoutEnd(sentText);
  const shape = readShape(text);
  if (!isExplainable(shape)) {
    const detail = shape.isSingle ? `It begins with ${shape.command.toUpperCase()}.` : "It is more than one command.";
    throw new AdvisorError("STATEMENT_NOT_EXPLAINABLE", { detail });
  }
  return { name, variant, variants: texts.length, text, sentText, shape };
}
