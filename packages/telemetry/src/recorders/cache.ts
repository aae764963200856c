import { type CacheMessage, type CacheReadMessage, channels } from "@weir/core/channels";
import type { Origin } from "@weir/core/scope";
import type { Book } from "../book";
import type { CurrentOf } from "./current";
import type { Sampler } from "../sampler";
import { currentOrigin } from "./origin";
import { breakerSeries } from "./redis";

/** Tags of one entry that a sampled read counts at most. */
const mostMembers = 64;

/** The tags of one family among an entry's marks, counted as its members. */
function addMembers(book: Book, origin: Origin, marks: readonly string[], family: string, weight: number): void {
  const members = book.tables.tag.at(origin, family).members;
  const isOne = !family.endsWith("*");
  const begin = isOne ? `t:${family}` : `t:${family.slice(0, -1)}`;
  let added = 0;
  for (const mark of marks) {
    if (isOne ? mark !== begin : !mark.startsWith(begin)) continue;
    members.add(mark.slice(2), weight);
    added += 1;
    if (added === mostMembers) return;
  }
}

function recordTags(book: Book, origin: Origin, message: CacheReadMessage, sampler: Sampler): void {
  const { families, marks } = message;
  if (families === undefined) return;
  const weight = sampler.draw();
  for (const family of families) {
    book.tables.tag.at(origin, family).record(message);
    if (weight > 0 && marks !== undefined) addMembers(book, origin, marks, family, weight);
  }
}

function record(book: Book, message: CacheMessage, sampler: Sampler): void {
  const origin = currentOrigin();
  const { tables } = book;
  switch (message.type) {
    case "read": {
      tables.cache.at(origin, message.group).record(message);
      recordTags(book, origin, message, sampler);
      break;
    }
    case "load":
      tables.cache.at(origin, message.group).recordLoad(message);
      break;
    case "fill":
      tables.cache.at(origin, message.group).recordFill(message);
      break;
    case "eviction":
      tables.cache.at(origin, message.group).recordEvictions(message.count);
      break;
    case "breaker":
      tables.redis.at(origin, breakerSeries).recordBreaker(message);
      break;
    case "invalidation":
      return;
  }
  book.recorded += 1;
}

/** Counts what the cache did into the book that `current` answers. Returns the function that ends it. */
export function recordCache(current: CurrentOf, sampler: Sampler): () => void {
  return channels.cache.subscribe((message) => {
    const book = current(message.endedAtMs);
    try {
      record(book, message, sampler);
    } catch {
      book.dropped += 1;
    }
  });
}
