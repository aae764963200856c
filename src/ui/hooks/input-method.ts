/**
 * Whether a key belongs to an input method that composes text (Japanese, Chinese, Korean, dead keys). Such a key must not
 * pick, move, clear or close. Safari sends the Enter that ends a composition after its end, with the code 229 only.
 */
export function isForInputMethod({ isComposing, keyCode }: { isComposing: boolean; keyCode: number }): boolean {
  return isComposing || keyCode === 229;
}
