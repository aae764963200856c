import { CopyButton } from "@/ui/controls/copy-button";

/** A password that is shown only once, and what to do with it. */
export function TemporaryPassword({ email, password }: { email: string; password: string }) {
  return (
    <div className="space-y-3">
      <p>
        Temporary password of <span className="wrap-anywhere">{email}</span>:
      </p>
      <p className="flex flex-wrap items-center gap-3">
        <output
          data-testid="temporary-password"
          className="rounded bg-sunken px-3 py-1.5 font-mono text-base wrap-anywhere select-all"
        >
          {password}
        </output>
        <CopyButton text={password} name="password" />
      </p>
      <p className="border-l-2 border-watch pl-2.5">
        Copy the password now: it cannot be shown again. Pass it on through a secure channel. It must be changed at the
        first sign-in.
      </p>
    </div>
  );
}
