import {
  CircleSlash,
  CloudOff,
  Hourglass,
  Lock,
  LogIn,
  type LucideIcon,
  RotateCw,
  SearchX,
  TriangleAlert,
} from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../controls/button";
import { describeProblem, type ProblemKind } from "../rpc/problem";

const icons: Readonly<Record<ProblemKind, LucideIcon>> = {
  signedOut: LogIn,
  notFound: SearchX,
  conflict: CircleSlash,
  forbidden: Lock,
  badRequest: CircleSlash,
  busy: Hourglass,
  timeout: Hourglass,
  offline: CloudOff,
  server: TriangleAlert,
};

type Props = {
  cause: unknown;
  /** Offered when retrying may help. */
  onRetry?: () => void;
  isRetrying?: boolean;
  title?: string;
  /** The element of the title: a heading if the notice replaces a whole page. */
  titleAs?: "p" | "h1";
  children?: ReactNode;
};

/** Explains an error and what to do about it. */
export function ProblemNotice({ cause, onRetry, isRetrying = false, title, titleAs: Title = "p", children }: Props) {
  const problem = describeProblem(cause);
  const Icon = icons[problem.kind];
  return (
    <div role="alert" data-problem={problem.kind} className="flex max-w-prose items-start gap-3 py-3">
      <Icon aria-hidden size={18} strokeWidth={1.75} className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0">
        <Title className="font-medium">{title ?? problem.title}</Title>
        {problem.detail === "" ? null : <p className="mt-0.5 text-muted">{problem.detail}</p>}
        {children}
        {problem.code === null ? null : <p className="mt-1 font-mono text-xs text-muted">{problem.code}</p>}
        {problem.isWorthRetrying && onRetry !== undefined ? (
          <Button className="mt-2.5" onClick={onRetry} isBusy={isRetrying}>
            <RotateCw aria-hidden size={14} />
            Try again
          </Button>
        ) : null}
      </div>
    </div>
  );
}
