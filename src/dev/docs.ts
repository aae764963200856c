import { writeDocs } from "./write-docs";

await writeDocs();
