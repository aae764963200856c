import { emailSchema, personNameSchema, type Person, type Role, roles, roleSchema } from "@/server/auth/contract";
import type { Runtime } from "@/server/runtime";
import { commandLine } from "../actor";
import { type Answer, type Command, type Invocation, textOption, UsageError } from "../command";

const usage = `Usage: npm run weir -- admin create EMAIL [--name TEXT] [--role ${roles.join("|")}] [--json]
       npm run weir -- admin reset EMAIL [--json]
       npm run weir -- admin list [--json]

  create   adds a person (default: --role admin, the name is the email's first part) and prints a temporary password
  reset    gives a person a temporary password, prints it, ends the person's sessions on all nodes, and lets a
           disabled person in again
  list     everybody who may sign in

A temporary password is shown this once; who signs in with it is asked for another. What is done here is in the
audit log under "command line".`;

function emailOf({ positionals }: Invocation): string {
  const [, given, ...more] = positionals;
  const email = emailSchema.safeParse(given);
  if (!email.success || more.length > 0)
    throw new UsageError("Name one person by email, for example: admin reset ada@example.com");
  return email.data;
}

function roleOf(invocation: Invocation): Role {
  const role = roleSchema.safeParse(textOption(invocation, "role") ?? "admin");
  if (!role.success) throw new UsageError(`--role must be one of ${roles.join(", ")}.`);
  return role.data;
}

function nameOf(invocation: Invocation, email: string): string {
  const name = personNameSchema.safeParse(textOption(invocation, "name") ?? email.split("@", 1)[0]);
  if (!name.success) throw new UsageError("--name must have 1 to 100 characters.");
  return name.data;
}

const passwordLines = (email: string, password: string): string =>
  `Sign in as ${email}\nTemporary password, shown this once: ${password}`;

async function create(invocation: Invocation, open: () => Promise<Runtime>): Promise<Answer> {
  const email = emailOf(invocation);
  const input = { email, name: nameOf(invocation, email), role: roleOf(invocation) };
  const { services } = await open();
  const data = await services.people.create(input, commandLine);
  return { text: `Added, as ${input.role}.\n${passwordLines(email, data.temporaryPassword)}`, data };
}

async function reset(invocation: Invocation, open: () => Promise<Runtime>): Promise<Answer> {
  const email = emailOf(invocation);
  const { people } = (await open()).services;
  const { id, isDisabled } = await people.byEmail(email);
  const { temporaryPassword } = await people.resetPassword(id, commandLine);
  if (isDisabled) await people.enable(id, commandLine);
  const person = await people.byEmail(email);
  return { text: passwordLines(email, temporaryPassword), data: { person, temporaryPassword } };
}

function lineOf({ email, role, isDisabled, sessions, lastSignInAt }: Person): string {
  const state = isDisabled ? "disabled" : `${sessions} session${sessions === 1 ? "" : "s"}`;
  return `${email.padEnd(32)} ${role.padEnd(8)} ${state.padEnd(11)} ${lastSignInAt ?? "never signed in"}`;
}

async function list(_invocation: Invocation, open: () => Promise<Runtime>): Promise<Answer> {
  const { services } = await open();
  const people = await services.people.list();
  return { text: people.length === 0 ? "Nobody yet." : people.map(lineOf).join("\n"), data: { people } };
}

const actions = { create, reset, list };

export const adminCommand: Command = {
  name: "admin",
  summary: "adds people who may sign in, and lets them in again",
  usage,
  options: { name: { type: "string" }, role: { type: "string" } },
  run: async (invocation, open) => {
    const action = invocation.positionals[0] ?? "";
    if (action !== "create" && action !== "reset" && action !== "list") {
      throw new UsageError("The actions are: admin create, admin reset, admin list");
    }
    if (action === "list" && invocation.positionals.length > 1) throw new UsageError("admin list takes no email.");
    return actions[action](invocation, open);
  },
};
