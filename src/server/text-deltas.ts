/** Which part of a text under way is certain. */

/**
 * Makes a function that hands out a growing text piece by piece. Held back is what the next token may change: the
 * beginning of a stop string, and characters whose bytes have not all come.
 *
 * @param stops - stop strings; empty ones are ignored.
 * @returns takes the text so far and whether it is finished; gives what is new and certain, maybe nothing.
 */
export function createTextDeltas(stops: readonly string[]): (text: string, isFinished: boolean) => string {
  let sent = 0;
  return (text, isFinished) => {
    const end = isFinished ? text.length : certainLength(text, stops);
    const delta = text.slice(sent, Math.max(sent, end));
    sent += delta.length;
    return delta;
  };
}

function certainLength(text: string, stops: readonly string[]): number {
  const whole = text.replace(/\uFFFD+$/, "").length;
  return stops.reduce((least, stop) => Math.min(least, whole - openLength(text.slice(0, whole), stop)), whole);
}

/** How many characters at the end of a text may begin the stop string. */
function openLength(text: string, stop: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
