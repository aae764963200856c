import { type Field, pascal, sentence, words } from "./feature-spec";
import { lines, type Names } from "./names";

const lookOf = ({ type }: Field): string =>
  type === "integer" || type === "number"
    ? "text-right tabular-nums"
    : type === "timestamp" || type === "date"
      ? "text-left tabular-nums whitespace-nowrap"
      : "text-left";

function cellOf({ name, type, isOptional }: Field): string {
  const value = `row.${name}`;
  const shown =
    type === "boolean"
      ? `${value} ? "yes" : "no"`
      : type === "integer" || type === "number"
        ? `${value}.toLocaleString("en")`
        : type === "timestamp"
          ? `formatMoment(${value})`
          : value;
  return isOptional ? `${value} === null ? "–" : ${type === "boolean" ? `(${shown})` : shown}` : shown;
}

/** The end of an import. Written so, because a search through the built server takes it for one of its own. */
const from = (module: string): string => `from "${module}"`;

/** The page: a table with its filters and order in the URL, and a button for more. */
export function renderPage({ name, entity, Entity, plural, fields, orders, filters, fieldOf }: Names): string {
  const label = words(plural);
  const columns = fields.map(
    (field) =>
      `  { label: "${sentence(words(field.name))}", look: "${lookOf(field)}", show: (row: ${Entity}) => ${cellOf(field)} },`,
  );
  return lines(
    `"use client";`,
    ``,
    `import { useInfiniteQuery } ${from("@tanstack/react-query")};`,
    `import { ${[...new Set([...filters.map((filter) => parserOf[fieldOf(filter).type]), "parseAsStringLiteral"])].toSorted().join(", ")}, useQueryStates } ${from("nuqs")};`,
    `import type { ReactNode } ${from("react")};`,
    `import { Button } ${from("@/ui/controls/button")};`,
    `import { fieldLook } ${from("@/ui/controls/field")};`,
    `import { EmptyState } ${from("@/ui/feedback/empty-state")};`,
    `import { ProblemNotice } ${from("@/ui/feedback/problem-notice")};`,
    `import { Skeleton } ${from("@/ui/feedback/skeleton")};`,
    fields.some(({ type }) => type === "timestamp") && `import { formatMoment } ${from("@/ui/format/moments")};`,
    filters.some((filter) => fieldOf(filter).type !== "boolean") &&
      `import { isForInputMethod } ${from("@/ui/hooks/input-method")};`,
    `import { useTRPC, useTRPCClient } ${from("@/ui/rpc/provider")};`,
    `import type { ${Entity} } ${from("../contract")};`,
    ``,
    `const columns = [`,
    columns,
    `] as const;`,
    `const orders = [${orders.map(({ field }) => `"${field}"`).join(", ")}] as const;`,
    orders.length > 1 &&
      `const orderLabels = { ${orders.map(({ field, direction }) => `${field}: "${sentence(words(field))}${direction === "desc" ? `, ${highestOf[fieldOf(field).type]} first` : ""}"`).join(", ")} };`,
    `/** The view, which lives in the URL. */`,
    `const parsers = {`,
    `  order: parseAsStringLiteral(orders).withDefault("${orders[0]?.field}"),`,
    filters.map((filter) => `  ${filter}: ${parserOf[fieldOf(filter).type]},`),
    `};`,
    ``,
    `/** All ${label}, page by page. */`,
    `export default function ${pascal(name)}Page(): ReactNode {`,
    `  const trpc = useTRPC();`,
    `  const client = useTRPCClient();`,
    `  const [view, setView] = useQueryStates(parsers);`,
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
    `        <EmptyState title="No ${label}${filters.length > 0 ? " found" : " yet"}">${filters.length > 0 ? `Change the filter, or add one with ${entity}.create.` : `Add one with ${entity}.create.`}</EmptyState>`,
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
    `                <tr key={row.id} data-row={row.id} className="border-t border-line hover:bg-sunken">`,
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
    filters.some((filter) => fieldOf(filter).type !== "boolean") && filterComponent,
  );
}

/** The values of filters as the procedure takes them. */
function renderFilterInput(filters: readonly string[]): string[] {
  if (filters.length === 0) return [`  const input = { order: view.order };`];
  const given = filters.map((name) => `    ...(view.${name} === null ? {} : { ${name}: view.${name} }),`);
  return [`  const input = {`, `    order: view.order,`, ...given, `  };`];
}

const highestOf = {
  text: "last",
  integer: "highest",
  number: "highest",
  boolean: "yes",
  date: "newest",
  timestamp: "newest",
} as const;
const parserOf = {
  text: "parseAsString",
  integer: "parseAsInteger",
  number: "parseAsFloat",
  boolean: "parseAsBoolean",
  date: "parseAsString",
  timestamp: "parseAsString",
} as const;

/** The control of one filter; setting it clears the others, because a list takes one at a time. */
function renderFilter({ name, type }: Field, filters: readonly string[]): string {
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
  const shown = type === "integer" ? `view.${name} === null ? "" : String(view.${name})` : `view.${name} ?? ""`;
  const value = type === "integer" ? `/^-?\\d{1,10}$/.test(text) ? Number(text) : null` : `text === "" ? null : text`;
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
