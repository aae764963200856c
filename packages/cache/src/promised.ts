/** A promise of what `work` brings, whatever kind of promise that is, and also when it throws. */
export function promised<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return Promise.resolve(work());
  } catch (error) {
    return Promise.reject(error);
  }
}
