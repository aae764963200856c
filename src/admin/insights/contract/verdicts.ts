/** `unknown`: too little happened to judge. */
export type VerdictLevel = "healthy" | "watch" | "act" | "unknown";

/** A piece of a sentence: words, or a figure that the reader writes in the way of the place where it stands. */
export type SentencePart = string | { count: number } | { durationMs: number } | { ratio: number } | { name: string };

/** Where the evidence of a judgement is: a part of the dashboard, and the row in it. */
export type EvidenceLink = {
  section: "outcomes" | "procedures" | "statements" | "nodes";
  /** The procedure or statement that decided; null when it is about all. */
  name: string | null;
};

/** A judgement in one sentence, with the rule it follows and where its evidence is. */
export type Verdict = {
  subject: "Cache" | "Errors" | "Pool" | "Nodes";
  level: VerdictLevel;
  sentence: SentencePart[];
  /** The rule in words, with its thresholds. */
  rule: string;
  link: EvidenceLink;
};
