import { cliErrors } from "./errors.ts";

/**
 * Makes the function that finds paths of another machine on this one.
 *
 * @param maps - `FROM=TO`: a path that is FROM, or lies in it, is looked for at TO. The first that fits counts; adapters
 *   behind a `+` are found likewise.
 * @throws cli/bad_map
 */
export function createPathMap(maps: readonly string[]): (path: string) => string {
  const pairs = maps.map((map) => {
    const at = map.indexOf("=");
    const [from, to] = [map.slice(0, at), map.slice(at + 1)].map((side) => side.replace(/\/+$/, ""));
    if (at < 1 || from === "" || to === "") throw cliErrors.bad_map({ got: map });
    return [from!, to!] as const;
  });
  const locateOne = (path: string): string => {
    const pair = pairs.find(([from]) => path === from || path.startsWith(`${from}/`));
    return pair === undefined ? path : pair[1] + path.slice(pair[0].length);
  };
  return (path) => path.split("+").map(locateOne).join("+");
}
