import { isStorable, typedTextProblem } from "@weir/core/text";
import { z } from "zod";

// Zod compiles parsers with `new Function` where it can, and tries it to find out. The content security policy of pages forbids
// and reports that attempt, so contracts import Zod from here.
if (typeof document !== "undefined") z.config({ jitless: true });

/** Text that is compared or stored as it is: keys, tags, searches. At most `maxLength` UTF-16 units. */
export const storedText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine(isStorable, "The character U+0000 and halves of characters (lone surrogates) are not allowed.");

/** Short text that a user types and others read: names, notes. Trimmed; at most `maxLength` UTF-16 units. */
export const typedText = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength)
    .superRefine((text, context) => {
      const problem = typedTextProblem(text);
      if (problem !== null) context.addIssue({ code: "custom", message: `The text ${problem}.` });
    });

/** The `nextCursor` of a list that is ordered and filtered by text of at most 200 UTF-16 units, whatever these are. */
export const cursorText = storedText(2_500).min(1);

/** What a column of type `integer` holds, from 1: IDs, versions. */
export const positiveInt4 = z.int().min(1).max(2_147_483_647);

export { z };
