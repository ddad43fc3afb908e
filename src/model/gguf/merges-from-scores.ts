/**
 * Finds the merges of a SentencePiece vocabulary of byte pairs, which has scores instead: two tokens merge to one that
 * is a token too, the one with the highest score first, and of one token's splits the pair of lowest ids.
 *
 * @param tokens - [V], each once.
 * @param scores - [V].
 * @returns pairs in order.
 * @complexity O(V · length of a token)
 */
export function mergesFromScores(
  tokens: readonly string[],
  scores: readonly number[],
): readonly (readonly [string, string])[] {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const splitsOf = (
    token: string,
  ): { readonly pair: readonly [string, string]; readonly ids: readonly [number, number] }[] => {
    const signs = [...token];
    if (signs.length > MAX_TOKEN_SIGNS) return [];
    return signs.slice(1).flatMap((_, i) => {
      const pair = [signs.slice(0, i + 1).join(""), signs.slice(i + 1).join("")] as const;
      const ids = [idOf.get(pair[0]), idOf.get(pair[1])];
      return ids[0] === undefined || ids[1] === undefined ? [] : [{ pair, ids: [ids[0], ids[1]] as const }];
    });
  };
  return tokens
    .map((token, id) => ({ token, score: scores[id]! }))
    .toSorted((a, b) => b.score - a.score)
    .flatMap(({ token }) => splitsOf(token).toSorted((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]))
    .map(({ pair }) => pair);
}

/** The longest tokens known are runs of spaces and dashes; quadratic work on a hostile one is avoided. */
const MAX_TOKEN_SIGNS = 512;
