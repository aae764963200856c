import { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { scriptsBySha } from "./scripts";
import type { Store } from "./store";

type Pending = { readonly resolve: (reply: unknown) => void; readonly reject: (error: Error) => void };
type Command = Pending & { readonly run: (store: Store) => unknown; readonly blocks: Block | null };
type Block = { readonly log: string; readonly from: string; readonly ms: number };
type Reply = Pending & { readonly answer: unknown };

const noReply = Symbol("a command that waits at the server");

/**
 * One connection to the store: commands and replies arrive in order, each when the schedule says so. Takes the place of
 * the engine's ioredis client.
 */
export class Wire extends EventEmitter {
  status = "connecting";
  /** A blocking read waits for log entries. */
  followsLog = false;
  /** The node that it belongs to; a freeze affects all wires of a node. */
  readonly node: number;
  readonly #store: Store;
  #commands: Command[] = [];
  #replies: Reply[] = [];
  #parked: (Command & { untilMs: number }) | null = null;

  constructor(store: Store, node: number) {
    super();
    this.#store = store;
    this.node = node;
  }

  /** The engine uses only a few methods of the client; any other would fail loudly. */
  asClient(): Redis {
    return this as unknown as Redis;
  }

  // ── called by the schedule

  get isOpening(): boolean {
    return this.status === "connecting";
  }

  get mayArrive(): boolean {
    return this.status === "ready" && this.#commands.length > 0 && this.#parked === null;
  }

  get mayAnswerAll(): boolean {
    return this.status === "ready" && this.#replies.length > 1;
  }

  get mayAnswer(): boolean {
    return this.status === "ready" && (this.#replies.length > 0 || this.#wakes());
  }

  open(): void {
    this.status = "ready";
    this.emit("connect");
    this.emit("ready");
  }

  /** The next command reaches the server and takes effect there. */
  arrive(): void {
    const command = this.#commands.shift();
    if (command === undefined) return;
    let answer: unknown;
    try {
      answer = command.run(this.#store);
    } catch (error) {
      this.#replies.push({ ...command, answer: error });
      return;
    }
    if (answer === noReply && command.blocks !== null) {
      this.#parked = { ...command, untilMs: this.#store.nowMs() + command.blocks.ms };
    } else this.#replies.push({ ...command, answer });
  }

  /** The next answer reaches the node. */
  answer(): void {
    if (this.#replies.length === 0) this.#unpark();
    const reply = this.#replies.shift();
    if (reply === undefined) return;
    if (reply.answer instanceof Error) reply.reject(reply.answer);
    else reply.resolve(reply.answer);
  }

  /** Delivers all pending replies together, before any of them is processed. */
  answerAll(): void {
    while (this.mayAnswer) this.answer();
  }

  /** Breaks the connection: the outcome of commands in flight stays unknown. */
  cut(): void {
    if (this.status !== "ready") return;
    this.#drop("connecting");
  }

  /** The node's process dies: nothing from it arrives any more. */
  die(): void {
    if (this.status !== "end") this.#drop("end");
  }

  // ── called by the engine

  disconnect(again = false): void {
    if (this.status === "end") return;
    this.#drop(again ? "connecting" : "end");
  }

  info(): Promise<unknown> {
    return this.#send((store) => `# Server\r\nrun_id:${store.runId}\r\nmaxmemory_policy:volatile-lfu\r\n`);
  }

  script(): Promise<unknown> {
    return this.#send(() => "loaded");
  }

  evalsha(sha: string, count: number, ...rest: (string | number)[]): Promise<unknown> {
    const texts = rest.map(String);
    return this.#send((store) => {
      const run = scriptsBySha.get(sha);
      if (run === undefined) throw new Error(`The store has no script ${sha}.`);
      return run(store, texts.slice(0, count), texts.slice(count));
    });
  }

  get(key: string): Promise<unknown> {
    return this.#send((store) => store.get(key));
  }

  mget(...keys: string[]): Promise<unknown> {
    return this.#send((store) => keys.map((key) => store.get(key)));
  }

  zmscore(key: string, ...members: string[]): Promise<unknown> {
    return this.#send((store) => members.map((member) => store.sortedSet(key).get(member) ?? null));
  }

  hdel(key: string, field: string): Promise<unknown> {
    return this.#send((store) => Number(store.hash(key).delete(field)));
  }

  set(key: string, value: string, ...rest: (string | number)[]): Promise<unknown> {
    const lifetimeMs = rest[0] === "PX" ? Number(rest[1]) : Number.POSITIVE_INFINITY;
    return this.#send((store) => {
      store.set(key, value, lifetimeMs);
      return "OK";
    });
  }

  xread(...words: (string | number)[]): Promise<unknown> {
    const [, count, , blockMs, , log, from] = words.map(String);
    this.followsLog = true;
    const blocks: Block = { log: log ?? "", from: from ?? "0-0", ms: Number(blockMs) };
    return this.#send((store) => {
      const entries = store.after(blocks.log, blocks.from).slice(0, Number(count));
      return entries.length === 0 ? noReply : [[blocks.log, entries]];
    }, blocks);
  }

  xrevrange(key: string): Promise<unknown> {
    return this.#send((store) => store.stream(key).toReversed());
  }

  #send(run: Command["run"], blocks: Block | null = null): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.status !== "ready") reject(new Error("Stream isn't writeable and enableOfflineQueue options is false"));
      else this.#commands.push({ resolve, reject, run, blocks });
    });
  }

  #wakes(): boolean {
    const parked = this.#parked;
    if (parked === null || parked.blocks === null) return false;
    return this.#store.after(parked.blocks.log, parked.blocks.from).length > 0 || this.#store.nowMs() >= parked.untilMs;
  }

  #unpark(): void {
    const parked = this.#parked;
    if (parked === null || !this.#wakes()) return;
    this.#parked = null;
    const answer = parked.run(this.#store);
    this.#replies.push({ ...parked, answer: answer === noReply ? null : answer });
  }

  #drop(status: string): void {
    const lost = [...this.#replies, ...(this.#parked === null ? [] : [this.#parked]), ...this.#commands];
    [this.#commands, this.#replies, this.#parked] = [[], [], null];
    this.status = status;
    for (const { reject } of lost) reject(new Error("Connection is closed."));
    this.emit("close");
  }
}
