/** Returns a text up to the first place where one of the stop texts begins; empty ones stop nothing. */
export function cutAtStop(text: string, until: readonly string[]): string {
  const places = until.map((stop) => (stop === "" ? -1 : text.indexOf(stop))).filter((place) => place >= 0);
  return places.length === 0 ? text : text.slice(0, Math.min(...places));
}
