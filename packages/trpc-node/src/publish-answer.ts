import { channels } from "@weir/core/channels";
import { originOf } from "./calls-under-way";
import { currentScope } from "@weir/core/scope";

/** When writing an answer begins; 0 when nobody listens, so that nobody pays for the time. */
export function beginAnswer(): number {
  return channels.response.hasSubscribers ? performance.now() : 0;
}

/** Tells that a call's answer was written as this text, alone or as a part of a batch's. */
export function publishAnswer(procedure: string, text: string, startedAtMs: number): void {
  if (!channels.response.hasSubscribers) return;
  const endedAtMs = performance.now();
  const durationMs = startedAtMs === 0 ? null : endedAtMs - startedAtMs;
  const origin = originOf(procedure) ?? currentScope()?.origin ?? "job";
  channels.response.publish({ procedure, origin, bytes: Buffer.byteLength(text), durationMs, endedAtMs });
}
