import { channels } from "@weir/core/channels";
import { currentScope, type Scope } from "@weir/core/scope";

/** In whose names one command goes out. */
export type Waiting = { readonly scopes: Scope[] };

/** The scope of whoever asks; undefined when nobody listens to what becomes of requests. */
export function listeningScope(): Scope | undefined {
  return channels.request.hasSubscribers ? currentScope() : undefined;
}

/** Adds whoever asks now. */
export function noteScope({ scopes }: Waiting): void {
  const scope = listeningScope();
  // One who asks for several keys waits once.
  if (scope !== undefined && scopes.at(-1) !== scope) scopes.push(scope);
}

/** All of them, the one in whose async context the command is sent among them; undefined when it is alone. */
export function scopesOf({ scopes }: Waiting): readonly Scope[] | undefined {
  return scopes.length > 1 ? scopes : undefined;
}
