import type { Answer } from "./answer";

/** The last answers, newest first. */
export type AnswerLog = {
  /** The same array until the next answer arrives. */
  snapshot: () => readonly Answer[];
  add: (answer: Omit<Answer, "id">) => void;
  /** Returns the function that ends the subscription. */
  subscribe: (listener: () => void) => () => void;
};

/** Keeps the last `capacity` answers. */
export function createAnswerLog(capacity: number): AnswerLog {
  const listeners = new Set<() => void>();
  let answers: readonly Answer[] = [];
  let lastId = 0;
  return {
    snapshot: () => answers,
    add: (answer) => {
      lastId += 1;
      answers = [{ ...answer, id: lastId }, ...answers].slice(0, capacity);
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The newest answer to exactly this call; null when none is kept. Inputs are compared by their JSON. */
export function latestAnswerTo(answers: readonly Answer[], procedure: string, input: unknown): Answer | null {
  const wanted = JSON.stringify(input);
  return answers.find((answer) => answer.procedure === procedure && JSON.stringify(answer.input) === wanted) ?? null;
}
