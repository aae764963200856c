import { runChecks } from "./checks";

const { passed, failed } = runChecks();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
