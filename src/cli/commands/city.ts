import { createInternalCaller } from "@/server/rpc/caller";
import { commandLine } from "../actor";
import { type Command, textOption, UsageError, wholeOption } from "../command";

export const cityCommand: Command = {
  name: "city",
  summary: "shows or changes one city",
  usage: `Usage: npm run weir -- city <id> [--name TEXT] [--population N] [--version N] [--json]

Shows the city with this GeoNames id. With --name or --population it is changed, and every cached answer
that shows it is invalidated on all nodes.

  --version N   refuses the change when the city has another version by now (default: the one it has)`,
  options: { name: { type: "string" }, population: { type: "string" }, version: { type: "string" } },
  run: async (invocation, open) => {
    const [given, ...more] = invocation.positionals;
    if (given === undefined || more.length > 0 || !/^\d{1,10}$/.test(given)) {
      throw new UsageError("Name one city by its GeoNames id, for example: npm run weir -- city 3448439");
    }
    const id = Number(given);
    const name = textOption(invocation, "name");
    const population = wholeOption(invocation, "population");
    const version = wholeOption(invocation, "version");
    const { services } = await open();
    const caller = createInternalCaller(services, commandLine.label);
    const city = await caller.city.byId({ id });
    const changed =
      name === undefined && population === undefined
        ? city
        : await caller.city.update({ id, version: version ?? city.version, name, population });
    const text = `${changed.name} (${changed.countryCode}), ${changed.population} people, version ${changed.version}`;
    return { text, data: changed };
  },
};
