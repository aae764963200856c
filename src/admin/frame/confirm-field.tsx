import { Field } from "@/ui/controls/field";
import { useEnvironment } from "./environment";

/** Whether this environment asks for a typed confirmation. An unknown one counts as production. */
export function useMustType(): boolean {
  const name = useEnvironment()?.name;
  return name !== "development" && name !== "test";
}

type Props = {
  /** What must be typed. */
  name: string;
  typed: string;
  onTyped: (text: string) => void;
};

/** Asks for a name to be typed before something is taken from an environment where that matters. */
export function ConfirmField({ name, typed, onTyped }: Props) {
  const environment = useEnvironment();
  return (
    <Field
      label="Confirm"
      data-focus-first
      className="[&_input]:font-mono"
      name="confirmation"
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      value={typed}
      hint={
        <>
          <span>
            {`This is ${environment === null ? "an unknown environment" : `${environment.name} at ${environment.host}`}. Type `}
          </span>
          <span className="rounded bg-sunken px-1 font-mono break-all text-ink">{name}</span>
          <span> to confirm.</span>
        </>
      }
      onChange={(event) => onTyped(event.target.value)}
    />
  );
}
