import type { DecoderModules } from "./decoder.ts";

/** Changes every module's name. */
export function mapModules(modules: DecoderModules, change: (name: string) => string): DecoderModules {
  return mapNames(modules, change) as DecoderModules;
}

function mapNames(names: object, change: (name: string) => string): object {
  const entries = Object.entries(names).map(([role, name]: [string, string | object | undefined]) => {
    if (name === undefined) return [role, undefined];
    return [role, typeof name === "string" ? change(name) : mapNames(name, change)];
  });
  return Object.fromEntries(entries) as object;
}
