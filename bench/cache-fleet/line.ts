/** Methods that the other side may call by name. */
export type Methods = Record<string, (...args: never[]) => unknown>;

type Question = { ask: number; method: string; args: unknown[] };
type Answer = { answer: number; value?: unknown; error?: string };

/** One side of a line between two processes that call each other's methods. */
export type Line = {
  /** Resolves with the remote method's result; rejects with an error of the same message. */
  call: (method: string, ...args: unknown[]) => Promise<unknown>;
  hear: (message: unknown) => void;
  /** The other side is gone: rejects waiting calls. */
  hangUp: (reason: string) => void;
};

const isQuestion = (message: unknown): message is Question =>
  typeof message === "object" && message !== null && "ask" in message;
const isAnswer = (message: unknown): message is Answer =>
  typeof message === "object" && message !== null && "answer" in message;

/** `send` passes a message to the other side; pass its messages to `hear`. */
export function openLine(methods: Methods, send: (message: unknown) => void): Line {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  let goneFor: string | undefined;

  const answer = async ({ ask, method, args }: Question): Promise<void> => {
    try {
      const run = methods[method];
      if (run === undefined) throw new TypeError(`Unknown method ${method}.`);
      // Both sides belong to one program; types are checked where the line is wrapped.
      send({ answer: ask, value: await run(...(args as never[])) });
    } catch (error) {
      send({ answer: ask, error: error instanceof Error ? error.message : String(error) });
    }
  };

  return {
    call: (method, ...args) =>
      new Promise((resolve, reject) => {
        if (goneFor !== undefined) return reject(new Error(goneFor));
        last += 1;
        waiting.set(last, { resolve, reject });
        send({ ask: last, method, args });
      }),
    hear: (message) => {
      if (isQuestion(message)) void answer(message);
      if (!isAnswer(message)) return;
      const waiter = waiting.get(message.answer);
      waiting.delete(message.answer);
      if (message.error === undefined) waiter?.resolve(message.value);
      else waiter?.reject(new Error(message.error));
    },
    hangUp: (reason) => {
      goneFor = reason;
      for (const { reject } of waiting.values()) reject(new Error(reason));
      waiting.clear();
    },
  };
}
