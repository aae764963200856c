import type { Database } from "@weir/postgres";
import { fold } from "./keys";
import { folders, notes } from "./schema";

/** The first note of each folder, which is also its longest. */
const firstTitles: Readonly<Record<string, string>> = {
  travel: "São Paulo in three days",
  recipes: "Crème brûlée",
  garden: "Roses by the wall",
  books: "Señor Quixote, again",
  music: "Dvořák on the piano",
  work: "Minutes of the meeting",
  house: "Paint for the door",
  health: "Exercises for the back",
  money: "Budget of the year",
  school: "Verbs with two forms",
  ideas: "A bicycle for rain",
  family: "Birthdays",
};

const codes = Object.keys(firstTitles);
const firstId = 1_001;
const count = 300;

const capitalise = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** Note `index`: deterministic, and different from the others in title, words and position. */
function noteAt(index: number) {
  const folderCode = codes[index % codes.length] ?? "";
  const round = Math.floor(index / codes.length);
  const title = round === 0 ? (firstTitles[folderCode] ?? "") : `${capitalise(folderCode)} note ${round}`;
  const words = round === 0 ? 5_000 - index : 10 + ((index * 7_919) % 2_000);
  const [x, y] = [((index * 37) % 1_000) / 10 - 50, ((index * 61) % 1_000) / 10 - 50];
  return { id: firstId + index, title, folderCode, words, x, y, searchTitle: fold(title) };
}

/** Writes 300 notes in 12 folders, with the IDs 1001 to 1300, unless they exist. */
export async function importNotes({ transaction }: Database): Promise<void> {
  await transaction(async (tx) => {
    await tx
      .insert(folders)
      .values(codes.map((code) => ({ code, name: capitalise(code) })))
      .onConflictDoNothing();
    await tx
      .insert(notes)
      .values(Array.from({ length: count }, (_, index) => noteAt(index)))
      .onConflictDoNothing();
  });
}
