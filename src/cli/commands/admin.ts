import { printableInLine } from "@/server/log/printable";
import { emailSchema, userNameSchema, type User, type Role, roles, roleSchema } from "@/server/auth/contract";
import type { Runtime } from "@/server/runtime";
import { commandLine } from "../actor";
import { type CommandResult, type Command, type Invocation, textOption, UsageError } from "../command";

const usage = `Usage: npm run weir -- admin create EMAIL [--name TEXT] [--role ${roles.join("|")}] [--json]
       npm run weir -- admin reset EMAIL [--json]
       npm run weir -- admin list [--json]

  create   adds a user and prints a temporary password (defaults: --role admin, --name is the local part of the email)
  reset    sets and prints a temporary password, ends the user's sessions on all nodes, and re-enables a disabled user
  list     lists all users

A temporary password is shown only once and must be changed at the first sign-in. The audit log records these
commands under "command line".`;

function emailOf({ positionals }: Invocation): string {
  const [, given, ...more] = positionals;
  const email = emailSchema.safeParse(given);
  if (!email.success || more.length > 0)
    throw new UsageError("Specify the email of one user, for example: admin reset ada@example.com");
  return email.data;
}

function roleOf(invocation: Invocation): Role {
  const role = roleSchema.safeParse(textOption(invocation, "role") ?? "admin");
  if (!role.success) throw new UsageError(`--role must be one of ${roles.join(", ")}.`);
  return role.data;
}

function nameOf(invocation: Invocation, email: string): string {
  const name = userNameSchema.safeParse(textOption(invocation, "name") ?? email.split("@", 1)[0]);
  if (!name.success) throw new UsageError(`--name: ${name.error.issues[0]?.message ?? "is not valid."}`);
  return name.data;
}

const passwordLines = (email: string, password: string): string =>
  `Sign in as ${email}\nTemporary password (shown only once): ${password}`;

async function create(invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const email = emailOf(invocation);
  const input = { email, name: nameOf(invocation, email), role: roleOf(invocation) };
  const { services } = await open();
  const data = await services.users.create(input, commandLine);
  return { text: `User added with the role ${input.role}.\n${passwordLines(email, data.temporaryPassword)}`, data };
}

async function reset(invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const email = emailOf(invocation);
  const { users } = (await open()).services;
  const { id, isDisabled } = await users.byEmail(email);
  const { temporaryPassword } = await users.resetPassword(id, commandLine);
  if (isDisabled) await users.enable(id, commandLine);
  const user = await users.byEmail(email);
  return { text: passwordLines(email, temporaryPassword), data: { user, temporaryPassword } };
}

function lineOf({ email, role, isDisabled, sessions, lastSignInAt }: User): string {
  const state = isDisabled ? "disabled" : `${sessions} session${sessions === 1 ? "" : "s"}`;
  return `${printableInLine(email).padEnd(32)} ${role.padEnd(8)} ${state.padEnd(11)} ${lastSignInAt ?? "never signed in"}`;
}

async function list(_invocation: Invocation, open: () => Promise<Runtime>): Promise<CommandResult> {
  const { services } = await open();
  const users = await services.users.list();
  return { text: users.length === 0 ? "No users yet." : users.map(lineOf).join("\n"), data: { users } };
}

const actions = { create, reset, list };

export const adminCommand: Command = {
  name: "admin",
  summary: "adds, resets and lists users",
  usage,
  options: { name: { type: "string" }, role: { type: "string" } },
  run: async (invocation, open) => {
    const action = invocation.positionals[0] ?? "";
    if (action !== "create" && action !== "reset" && action !== "list") {
      throw new UsageError("Choose an action: admin create, admin reset or admin list");
    }
    if (action === "list" && invocation.positionals.length > 1) throw new UsageError("admin list takes no email.");
    return actions[action](invocation, open);
  },
};
