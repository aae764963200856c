import postgres from "postgres";
import { interleave } from "../rounds";
import { type Estimate, median, pairedRatio } from "../statistics";
import type { Bank } from "./accounts";

export type Cost = { name: string; unit: "ms" | "commits/s"; without: number; with: number; ratio: Estimate };

type Work = { name: string; unit: Cost["unit"]; run: () => Promise<number> };

const crowd = 8;
const perConnection = 200;

/** Interleaves each kind of write on the table without and with the trigger, as the writer's role. */
export async function measureCost(
  bank: Bank,
  { rounds, bulkRows, random }: { rounds: number; bulkRows: number; random: () => number },
): Promise<Cost[]> {
  const sql = postgres(bank.writerUrl, { max: crowd, onnotice: () => undefined });
  const timed = async (times: number, write: () => Promise<unknown>): Promise<number> => {
    const beganMs = performance.now();
    for (let time = 0; time < times; time += 1) await write();
    return (performance.now() - beganMs) / times;
  };
  const anyId = (): number => Math.floor(random() * bulkRows);
  const one = () => sql`update bank.accounts set n = n + 1 where id = ${anyId()}`;
  const works: Work[] = [
    { name: "single-row UPDATE, one connection", unit: "ms", run: () => timed(200, one) },
    {
      name: "UPDATE of 100 rows, one connection",
      unit: "ms",
      run: () =>
        timed(50, () => {
          const first = Math.max(0, anyId() - 100);
          return sql`update bank.accounts set n = n + 1 where id between ${first} and ${first + 99}`;
        }),
    },
    {
      name: `UPDATE of ${bulkRows} rows in one statement`,
      unit: "ms",
      run: () => timed(1, () => sql`update bank.accounts set n = n + 1`),
    },
    {
      name: `single-row UPDATE, ${crowd} connections`,
      unit: "commits/s",
      run: async () => {
        const ms = await timed(1, () => Promise.all(Array.from({ length: crowd }, () => timed(perConnection, one))));
        return (1_000 * crowd * perConnection) / ms;
      },
    },
  ];
  try {
    const costs: Cost[] = [];
    for (const work of works) {
      const results = await interleave({
        items: ["without", "with"] as const,
        rounds,
        random,
        measure: async (item) => {
          await (item === "with" ? bank.attach() : bank.detach());
          await bank.owner.unsafe("vacuum bank.accounts");
          await bank.owner.unsafe("truncate weir.cache_outbox");
          return work.run();
        },
      });
      const [without, withIt] = [results.get("without") ?? [], results.get("with") ?? []];
      const pairs = withIt.map((value, index) => [value, without[index] ?? Number.NaN] as const);
      costs.push({
        name: work.name,
        unit: work.unit,
        without: median(without),
        with: median(withIt),
        ratio: pairedRatio(pairs),
      });
    }
    return costs;
  } finally {
    await sql.end();
  }
}
