/**
 * Letters without a canonical decomposition, by what the dictionary `unaccent` of Postgres writes for them. Lower case
 * covers both cases, except where the dictionary itself tells them apart.
 */
const letters = new Map(
  (
    "ß:ss æ:ae œ:oe ø:o ð:d đ:d þ:th ł:l ŀ:l ħ:h ı:i ȷ:j ĸ:q ŋ:n ŧ:t ƀ:b ƃ:b ƈ:c ƌ:d ƒ:f ƕ:hv ƙ:k ƚ:l ƞ:n ƣ:oi ƥ:p " +
    "ƫ:t ƭ:t ƴ:y ƶ:z ǥ:g ȡ:d ȥ:z ȴ:l ȵ:n ȶ:t ȸ:db ȹ:qp ȼ:c ȿ:s ɀ:z ɇ:e ɉ:j ɍ:r ɏ:y ɓ:b ɖ:d ɗ:d ɛ:e ɠ:g ɨ:i ɲ:n ʈ:t " +
    "ʉ:u ʋ:v ⱥ:a ⱦ:t ẜ:s ẝ:s ỻ:ll ỽ:v ỿ:y Ɩ:i Ƕ:ƕ Ƞ:ƞ ⁄:/"
  )
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);

const mark = /[\u0300-\u0362]/u;

/** White space. */
const spaces = String.raw`\t-\r\u0020\u0085\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF`;
const hyphens = String.raw`\u002D\u00AD\u02D7\u058A\u05BE\u1400\u1806\u2010-\u2015\u2212\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D`;
/** With the quotation marks, letters and accents that are typed or transliterated as apostrophes. */
const apostrophes = String.raw`\u0022\u0027\u0060\u00B4\u02B9-\u02BF\u02C8\u02CA\u02CB\u02EE\u055A\u05F3\u07F4\u07F5\u2018\u2019\u201B-\u201D\u201F\u2032\u2035\u301D\u301E\uA78B\uA78C\uFF02\uFF07\uFF40`;
const fullStops = String.raw`\u002E\u0589\u06D4\u2024-\u2026\u3002\uFE12\uFE19\uFE52\uFF0E\uFF61`;

/** What separates the words of a name: the same characters as in the function `cities.fold` of the migrations. */
const blank = new RegExp(`[${spaces}${hyphens}${apostrophes}${fullStops}]`, "u");
const blanks = new RegExp(`${blank.source}+`, "gu");

/** One space for every run of white space, hyphens, apostrophes and full stops; none at the ends. */
export const blankPunctuation = (text: string): string => text.replaceAll(blanks, " ").trim();

export type Folded = {
  /** Lower case without accents; one space between words. */
  text: string;
  /** For each code unit of `text`, the code units of the original that it stands for. */
  origins: readonly { start: number; end: number }[];
};

/**
 * Folds a name as `cities.fold` does in Postgres: `São Tomé` is `sao tome`, `Weißenfels` is `weissenfels`, and `Val-d'Or`
 * is `val d or`. A test compares the two for every letter of the names.
 */
export function fold(name: string): Folded {
  let text = "";
  const origins: { start: number; end: number }[] = [];
  let at = 0;
  for (const char of name) {
    const end = at + char.length;
    for (const part of char.normalize("NFKD")) {
      const last = origins.at(-1);
      const lower = part.toLowerCase();
      const isBlank = blank.test(part);
      if (mark.test(part) || (isBlank && text.endsWith(" "))) {
        // It belongs to what it follows.
        if (last !== undefined) last.end = end;
      } else if (!isBlank || last !== undefined) {
        const piece = isBlank ? " " : (letters.get(part) ?? letters.get(lower) ?? lower);
        text += piece;
        for (let unit = 0; unit < piece.length; unit += 1) origins.push({ start: at, end });
      }
    }
    at = end;
  }
  if (!text.endsWith(" ")) return { text, origins };
  return { text: text.slice(0, -1), origins: origins.slice(0, -1) };
}
