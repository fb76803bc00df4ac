import { distance } from 'fastest-levenshtein';

/** The known word that a mistyped one was probably meant to be; null if none is near enough. */
export function nearest(word: string, known: readonly string[]): string | null {
  const limit = Math.max(1, Math.round(word.length * 0.4));
  let best: { word: string; edits: number } | null = null;
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= limit && (best === null || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word ?? null;
}

/** `Did you mean …?` as an optional hint. */
export function nearestHint(word: string, known: readonly string[]): { hint?: string } {
  const near = nearest(word, known);
  return near === null ? {} : { hint: `Did you mean ${near}?` };
}
