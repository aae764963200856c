import { pascal, sentence, words } from "./feature-spec";
import { type Field, isNumeric } from "./field-types";
import { lines, type Names } from "./names";

function lookOf(field: Field): string {
  const { type, column } = field;
  if (isNumeric(field) || type === "bigint" || column?.base.startsWith("numeric") === true)
    return "text-right tabular-nums";
  if (type === "timestamp" || type === "localTimestamp" || type === "date")
    return "text-left tabular-nums whitespace-nowrap";
  return column === undefined ? "text-left" : "text-left max-w-72 truncate";
}

function cellOf(field: Field): string {
  const { name, type, column } = field;
  // A float of an adopted table is null where it is not finite.
  const isOptional = field.isOptional || (type === "number" && column !== undefined);
  const value = `row.${name}`;
  const shown =
    type === "boolean"
      ? `${value} ? "yes" : "no"`
      : isNumeric(field) && column === undefined
        ? `${value}.toLocaleString("en")`
        : type === "timestamp"
          ? momentOf(value, column !== undefined)
          : type === "json" || type === "list"
            ? `JSON.stringify(${value})`
            : value;
  return isOptional ? `${value} === null ? "–" : ${type === "boolean" ? `(${shown})` : shown}` : shown;
}

/** Adopted tables may hold infinities and years before Christ, which no browser reads. */
const momentOf = (value: string, isAdopted: boolean): string =>
  isAdopted ? `Number.isNaN(Date.parse(${value})) ? ${value} : formatMoment(${value})` : `formatMoment(${value})`;

/** The end of an import. Written so, because a search through the built server takes it for one of its own. */
const from = (module: string): string => `from "${module}"`;

/** Of a wider table the page shows the first columns; the procedures return all. */
export const maxColumns = 12;

/** The page: a table with its filters and order in the URL, and a button for more. */
export function renderPage(names: Names): string {
  const { name, entity, Entity, plural, fields, orders, filters, mutations, fieldOf, key } = names;
  const label = words(plural);
  const isTyped = (filter: string): boolean => !["boolean", "choice"].includes(fieldOf(filter).type);
  const hasControls = filters.length > 0 || orders.length > 1;
  const rowKey =
    key.length === 1 ? `row.${key[0]?.name ?? ""}` : "`" + key.map((one) => `\${row.${one.name}}`).join("/") + "`";
  const writing = mutations.includes("create")
    ? `add one with ${entity}.create.`
    : "come back when the table has rows.";
  const columns = fields
    .slice(0, maxColumns)
    .map(
      (field) =>
        `  { label: "${sentence(words(field.name))}", look: "${lookOf(field)}", show: (row: ${Entity}) => ${cellOf(field)} },`,
    );
  return lines(
    `"use client";`,
    ``,
    `import { useInfiniteQuery } ${from("@tanstack/react-query")};`,
    `import { ${[...new Set([...filters.map((filter) => parserOf(fieldOf(filter)).replace(/\(.*/, "")), "parseAsStringLiteral"])].toSorted().join(", ")}, useQueryStates } ${from("nuqs")};`,
    `import type { ReactNode } ${from("react")};`,
    `import { Button } ${from("@/ui/controls/button")};`,
    hasControls && `import { fieldLook } ${from("@/ui/controls/field")};`,
    `import { EmptyState } ${from("@/ui/feedback/empty-state")};`,
    `import { ProblemNotice } ${from("@/ui/feedback/problem-notice")};`,
    `import { Skeleton } ${from("@/ui/feedback/skeleton")};`,
    fields.slice(0, maxColumns).some(({ type }) => type === "timestamp") &&
      `import { formatMoment } ${from("@/ui/format/moments")};`,
    filters.some(isTyped) && `import { isForInputMethod } ${from("@/ui/hooks/input-method")};`,
    `import { useTRPC, useTRPCClient } ${from("@/ui/rpc/provider")};`,
    `import type { ${Entity} } ${from("../contract")};`,
    ``,
    `const columns = [`,
    columns,
    `] as const;`,
    `const orders = [${orders.map(({ field }) => `"${field}"`).join(", ")}] as const;`,
    orders.length > 1 &&
      `const orderLabels = { ${orders.map(({ field, direction }) => `${field}: "${sentence(words(field))}${direction === "desc" ? `, ${highestOf(fieldOf(field))} first` : ""}"`).join(", ")} };`,
    `/** The view, which lives in the URL. */`,
    `const parsers = {`,
    `  order: parseAsStringLiteral(orders).withDefault("${orders[0]?.field}"),`,
    filters.map((filter) => `  ${filter}: ${parserOf(fieldOf(filter))},`),
    `};`,
    ``,
    `/** All ${label}, page by page. */`,
    `export default function ${pascal(name)}Page(): ReactNode {`,
    `  const trpc = useTRPC();`,
    `  const client = useTRPCClient();`,
    `  const [view${hasControls ? ", setView" : ""}] = useQueryStates(parsers);`,
    renderFilterInput(filters),
    `  const list = useInfiniteQuery({`,
    `    queryKey: trpc.${entity}.list.infiniteQueryKey(input),`,
    `    queryFn: ({ pageParam, signal }) => client.${entity}.list.query({ ...input, cursor: pageParam }, { signal }),`,
    `    initialPageParam: null as string | null,`,
    `    getNextPageParam: ({ nextCursor }) => nextCursor,`,
    `  });`,
    `  const rows = list.data?.pages.flatMap(({ items }) => items);`,
    ``,
    `  return (`,
    `    <>`,
    `      <div className="flex flex-wrap items-center gap-2 py-4">`,
    `        <h1 className="mr-auto text-lg font-semibold max-sm:w-full">${sentence(label)}</h1>`,
    filters.map((filter) => renderFilter(fieldOf(filter), filters)),
    orders.length > 1 && [
      `        <select aria-label="Order" className={\`h-8 px-2 \${fieldLook}\`} value={view.order} onChange={({ target }) => void setView({ order: orders.find((one) => one === target.value) ?? null })}>`,
      `          {orders.map((one) => (`,
      `            <option key={one} value={one}>{orderLabels[one]}</option>`,
      `          ))}`,
      `        </select>`,
    ],
    `      </div>`,
    `      {list.error === null ? null : (`,
    `        <ProblemNotice cause={list.error} title="Could not load the ${label}" isRetrying={list.isFetching} onRetry={() => void (list.isFetchNextPageError ? list.fetchNextPage() : list.refetch())} />`,
    `      )}`,
    `      {rows === undefined ? (`,
    `        list.error === null ? <div role="status" aria-label="Loading ${label}…"><Skeleton className="h-40 w-full" /></div> : null`,
    `      ) : rows.length === 0 ? (`,
    `        <EmptyState title="No ${label}${filters.length > 0 ? " found" : " yet"}">${filters.length > 0 ? `Change the filter, or ${writing}` : sentence(writing)}</EmptyState>`,
    `      ) : (`,
    `        <div className="overflow-x-auto" role="region" aria-label="${sentence(label)}" tabIndex={0}>`,
    `          <table className="w-full text-[13px]" aria-busy={list.isFetching}>`,
    `            <thead className="caption">`,
    `              <tr>`,
    `                {columns.map(({ label, look }) => (`,
    `                  <th key={label} scope="col" className={\`h-7 pr-4 font-normal last:pr-0 \${look}\`}>{label}</th>`,
    `                ))}`,
    `              </tr>`,
    `            </thead>`,
    `            <tbody>`,
    `              {rows.map((row) => (`,
    `                <tr key={${rowKey}} data-row={${rowKey}} className="border-t border-line hover:bg-sunken">`,
    `                  {columns.map(({ label, look, show }) => (`,
    `                    <td key={label} className={\`h-9 pr-4 last:pr-0 \${look}\`}>{show(row)}</td>`,
    `                  ))}`,
    `                </tr>`,
    `              ))}`,
    `            </tbody>`,
    `          </table>`,
    `        </div>`,
    `      )}`,
    `      {list.hasNextPage ? <Button className="mt-3" isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>Show more</Button> : null}`,
    `    </>`,
    `  );`,
    `}`,
    filters.some(isTyped) && filterComponent,
  );
}

/** The values of filters as the procedure takes them. */
function renderFilterInput(filters: readonly string[]): string[] {
  if (filters.length === 0) return [`  const input = { order: view.order };`];
  const given = filters.map((name) => `    ...(view.${name} === null ? {} : { ${name}: view.${name} }),`);
  return [`  const input = {`, `    order: view.order,`, ...given, `  };`];
}

const highestOf = (field: Field): string => {
  if (isNumeric(field) || field.type === "bigint") return "highest";
  return ["date", "timestamp", "localTimestamp"].includes(field.type) ? "newest" : "last";
};

function parserOf({ type, column }: Field): string {
  if (type === "integer" || type === "smallint") return "parseAsInteger";
  if (type === "boolean") return "parseAsBoolean";
  if (type === "choice") return `parseAsStringLiteral(${JSON.stringify(column?.labels ?? [])})`;
  return type === "number" ? "parseAsFloat" : "parseAsString";
}

/** The control of one filter; setting it clears the others, because a list takes one at a time. */
function renderFilter({ name, type, column }: Field, filters: readonly string[]): string {
  const label = sentence(words(name));
  const others = filters
    .filter((one) => one !== name)
    .map((one) => `, ${one}: null`)
    .join("");
  if (type === "boolean") {
    return lines(
      `        <select aria-label="${label}" className={\`h-8 px-2 \${fieldLook}\`} value={view.${name} === null ? "" : String(view.${name})} onChange={({ target }) => void setView({ ${name}: target.value === "" ? null : target.value === "true"${others} })}>`,
      `          <option value="">${label}: any</option>`,
      `          <option value="true">${label}: yes</option>`,
      `          <option value="false">${label}: no</option>`,
      `        </select>`,
    );
  }
  if (type === "choice") {
    const labels = JSON.stringify(column?.labels ?? []);
    return lines(
      `        <select aria-label="${label}" className={\`h-8 px-2 \${fieldLook}\`} value={view.${name} ?? ""} onChange={({ target }) => void setView({ ${name}: (${labels} as const).find((one) => one === target.value) ?? null${others} })}>`,
      `          <option value="">${label}: any</option>`,
      `          {${labels}.map((one) => (`,
      `            <option key={one} value={one}>{one}</option>`,
      `          ))}`,
      `        </select>`,
    );
  }
  const isWhole = type === "integer" || type === "smallint";
  const shown = isWhole ? `view.${name} === null ? "" : String(view.${name})` : `view.${name} ?? ""`;
  const value = isWhole ? `/^-?\\d{1,10}$/.test(text) ? Number(text) : null` : `text === "" ? null : text`;
  return `        <Filter label="${label}" type="${type === "date" ? "date" : "search"}" value={${shown}} onApply={(text) => void setView({ ${name}: ${value}${others} })} />`;
}

const filterComponent = lines(
  ``,
  `type FilterProps = { label: string; type: "search" | "date"; value: string; onApply: (text: string) => void };`,
  ``,
  `/** A filter that applies on Enter and when it is left, so that no list is read for half a word. */`,
  `function Filter({ label, type, value, onApply }: FilterProps) {`,
  `  const apply = (text: string): void => {`,
  `    if (text.trim() !== value) onApply(text.trim());`,
  `  };`,
  `  return (`,
  `    <input`,
  `      key={value}`,
  `      type={type}`,
  `      aria-label={label}`,
  `      placeholder={label}`,
  `      defaultValue={value}`,
  `      enterKeyHint="search"`,
  `      className={\`h-8 w-40 px-2 \${fieldLook}\`}`,
  `      onBlur={({ target }) => apply(target.value)}`,
  `      onKeyDown={({ key, currentTarget, nativeEvent }) => {`,
  `        if (key === "Enter" && !isForInputMethod(nativeEvent)) apply(currentTarget.value);`,
  `      }}`,
  `    />`,
  `  );`,
  `}`,
);
