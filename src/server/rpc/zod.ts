import { z } from "zod";

// Zod makes parsers by `new Function` where it may, and finds out by trying. The policy of a page forbids it, and tells
// of the attempt. So contracts take Zod from here.
if (typeof document !== "undefined") z.config({ jitless: true });

export { z };
