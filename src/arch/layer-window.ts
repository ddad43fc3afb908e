import type { ConfigReader } from "./config-reader.ts";

/** Which layers of a family slide. */
export interface SlidingRule {
  /** Whether layer `l` has the window, where config.json does not list its layers' types. */
  readonly slides: (l: number) => boolean;
  /** Flag without which nothing slides. */
  readonly switchKey?: string;
}

/**
 * Returns how far layer `l` looks back: as `layer_types` says, else as the family's rule.
 *
 * @returns undefined if it sees all positions.
 * @throws engine/bad_config for other types of layers
 */
export function layerWindow(config: ConfigReader, l: number, { slides, switchKey }: SlidingRule): number | undefined {
  if (switchKey !== undefined && !config.flag(switchKey)) return undefined;
  return slidesAt(config, l, slides) ? config.optionalCount("sliding_window") : undefined;
}

/** Whether layer `l` slides, be there a window or not: as `layer_types` says, else as the family's rule. */
export function slidesAt(config: ConfigReader, l: number, rule: (l: number) => boolean): boolean {
  const types = config.value("layer_types");
  const own = Array.isArray(types) ? types[l] : undefined;
  if (own === undefined) return rule(l);
  if (own === "sliding_attention" || own === "full_attention") return own === "sliding_attention";
  throw config.reject("layer_types", 'only "sliding_attention" and "full_attention"');
}

/** Reads `max_window_layers`, which may be 0. @throws engine/bad_config for anything but a whole number */
export function maxWindowLayers(config: ConfigReader): number {
  return config.value("max_window_layers") === 0 ? 0 : config.count("max_window_layers");
}
