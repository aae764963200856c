/** One place in a source file, and its replacement. */
export type Change = { readonly file: string; readonly from: string; readonly to: string };

/** A planted defect in the engine. The search must find each one, which proves that it can. */
export type Defect = {
  readonly name: string;
  readonly changes: readonly Change[];
  /** The server loses marks, which no change of the engine can cause. */
  readonly evictMarks?: boolean;
  /** Only the written schedule has to find it: the search finds it too rarely. */
  readonly isStaged?: boolean;
};

const cache = "packages/cache/src";

export const defects: readonly Defect[] = [
  {
    name: "no fence: what is loaded or kept is not compared with what was purged",
    changes: [{ file: `${cache}/invalidation/fence.ts`, from: 'if (times.purged > since) return "void";', to: "" }],
  },
  {
    name: "the epoch is read when the load has ended, not before it began",
    changes: [
      {
        file: `${cache}/loading/read-through.ts`,
        from: "const { epoch } = flight;",
        to: "const epoch = engine.fence.known;",
      },
      {
        file: `${cache}/loading/read-through.ts`,
        from: "judge(marks, flight.epoch);",
        to: "judge(marks, engine.fence.known);",
      },
    ],
  },
  {
    name: "no second apply: an invalidation is not applied again on its reply",
    changes: [
      {
        file: `${cache}/invalidation/invalidate.ts`,
        from: "applyReply(fence, invalidation);\n    return invalidation;",
        to: "return invalidation;",
      },
    ],
  },
  {
    name: "no lease: each node loads for itself",
    changes: [{ file: `${cache}/create-cache.ts`, from: "usesLeases: sharesLoads,", to: "usesLeases: false," }],
  },
  {
    name: "readers join loads that began before what they know of",
    changes: [
      {
        file: `${cache}/loading/flight.ts`,
        from: 'return fence.judge(knownMarks(), flight.epoch) === "void" ? undefined : flight;',
        to: "return flight;",
      },
      {
        file: `${cache}/loading/flight.ts`,
        from: "if (sequence <= flight.sequence) return false;",
        to: "return false;",
      },
    ],
  },
  {
    name: "a node that was paused or cut off goes on trusting its memory",
    changes: [
      {
        file: `${cache}/invalidation/fence.ts`,
        from: "nowMs < untilMs + graceMs",
        to: "untilMs > 0 || nowMs < graceMs",
      },
    ],
  },
  {
    name: "entries of the log that are missing go unnoticed",
    changes: [
      {
        file: `${cache}/invalidation/fence.ts`,
        from: "invalidation.epoch !== applied + 1",
        to: "invalidation.epoch <= applied",
      },
      {
        file: `${cache}/invalidation/log.ts`,
        from: "const caughtUp = sameClock && fence.applied >= reading.epoch;",
        to: "const caughtUp = sameClock;",
      },
    ],
  },
  {
    name: "a server that came back with an old snapshot goes unnoticed",
    changes: [
      {
        file: "bench/interleavings/scripts.ts",
        from: 'read === null || rewound || store.hash(server).get("runId") !== args[0]',
        to: "read === null",
      },
    ],
  },
  { name: "marks are evicted by the server", changes: [], evictMarks: true },
  {
    name: "what is read of Redis is judged by its marks alone",
    isStaged: true,
    changes: [
      {
        file: `${cache}/loading/stored.ts`,
        from: "const here = judgeHere(engine, candidate, now);",
        to: 'const here = fence.isAnnounced(marks) ? "void" : "valid";',
      },
    ],
  },
  {
    name: "marks that are dropped for want of room leave the floor where it was",
    changes: [
      {
        file: "bench/interleavings/scripts.ts",
        from: 'if (mark.startsWith("p:")) purge = Math.max(purge, dropped);',
        to: 'if (mark.startsWith("p:")) purge = Math.max(purge, 0 * dropped);',
      },
    ],
  },
  {
    name: "marks that a node has forgotten count as never set",
    changes: [
      { file: `${cache}/invalidation/fence.ts`, from: "epoch >= olderSince", to: "epoch >= Math.min(olderSince, 0)" },
    ],
  },
];
