import { useQueryState } from "nuqs";
import { noTarget, parseTarget, type TargetDraft } from "./target";

export type InvalidateState = {
  /** Null while the dialog is closed. */
  target: TargetDraft | null;
  open: (target?: TargetDraft) => void;
  change: (target: TargetDraft) => void;
  close: () => void;
};

/** The dialog for invalidating, as part of the URL: a prepared invalidation can be handed to somebody as a link. */
export function useInvalidateState(): InvalidateState {
  const [target, setTarget] = useQueryState("invalidate", parseTarget);
  return {
    target,
    open: (chosen = noTarget) => void setTarget(chosen),
    change: (chosen) => void setTarget(chosen),
    close: () => void setTarget(null),
  };
}
