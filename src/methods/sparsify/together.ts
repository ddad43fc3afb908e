/** Runs the passes of two computations in the same readings of a tensor, and returns what both return. */
export function* together<B, A, C>(
  first: Generator<(block: B) => void, A>,
  second: Generator<(block: B) => void, C>,
): Generator<(block: B) => void, [A, C]> {
  for (;;) {
    const [a, c] = [first.next(), second.next()];
    if (a.done === true && c.done === true) return [a.value, c.value];
    yield (block) => {
      if (a.done !== true) a.value(block);
      if (c.done !== true) c.value(block);
    };
  }
}
