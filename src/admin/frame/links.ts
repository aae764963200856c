/**
 * Where one thing is shown, for every link between pages. `open` names the row whose sheet is open, `q` filters by name. Wrap
 * with `useViewLink` so that the view goes along.
 */
export const pageLinks = {
  overview: () => "/admin",
  outcomes: () => "/admin/cache",
  group: (name: string) => `/admin/cache?open=${encodeURIComponent(`group:${name}`)}`,
  tagFamily: (family: string) => `/admin/cache?open=${encodeURIComponent(`tag:${family}`)}`,
  /** Keys of a group that begin with a text. */
  keys: (group: string, prefix = "") => `/admin/keys?prefix=${encodeURIComponent(`${group}:${prefix}`)}`,
  statements: () => "/admin/queries",
  statement: (name: string) => `/admin/queries?open=${encodeURIComponent(name)}`,
  procedures: () => "/admin/procedures",
  procedure: (name: string) => `/admin/procedures?open=${encodeURIComponent(name)}`,
  /** Traces of a procedure. */
  traces: (procedure: string) => `/admin/traces?procedure=${encodeURIComponent(procedure)}`,
  trace: (id: string) => `/admin/traces?open=${encodeURIComponent(id)}`,
  nodes: () => "/admin/nodes",
  node: (id: string) => `/admin/nodes?open=${encodeURIComponent(id)}`,
  observer: () => "/admin/observer",
} as const;
