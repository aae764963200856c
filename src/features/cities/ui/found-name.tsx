import { findFolded } from "./fold";

/** A city's name with the part that answers to the search set in bold. */
export function FoundName({ name, query }: { name: string; query: string }) {
  const found = findFolded(name, query);
  if (found === null) return <span>{name}</span>;
  return (
    <span>
      {name.slice(0, found.start)}
      <b className="font-semibold">{name.slice(found.start, found.end)}</b>
      {name.slice(found.end)}
    </span>
  );
}
