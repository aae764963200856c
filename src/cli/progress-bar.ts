/** One line of fixed width: `Orders ████████░░░░░░░░ 50 % 500 of 1 000`. */
export function progressBar(label: string, done: number, total: number, width = 24): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * width);
  const bar = "█".repeat(filled) + "░".repeat(width - filled);
  const number = (value: number): string => value.toLocaleString("en").replaceAll(",", " ");
  return `${label} ${bar} ${String(Math.floor(share * 100)).padStart(3)} % ${number(done)} of ${number(total)}`;
}
