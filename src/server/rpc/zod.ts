import { z } from "zod";

// Zod compiles parsers with `new Function` where it can, and tries it to find out. The content security policy of pages forbids
// and reports that attempt, so contracts import Zod from here.
if (typeof document !== "undefined") z.config({ jitless: true });

export { z };
