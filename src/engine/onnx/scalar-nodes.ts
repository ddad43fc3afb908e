import type { GraphBuilder } from "./graph-builder.ts";

/** Adds a number, as a float32 of no axis. */
export function addNumber(g: GraphBuilder, value: number): string {
  return g.node("Constant", [], { attributes: { value_float: { float: value } } });
}

/** Adds a list of whole numbers, int64 [n]. */
export function addIntegers(g: GraphBuilder, values: readonly number[]): string {
  return g.node("Constant", [], { attributes: { value_ints: { ints: values } } });
}

/** Multiplies by a number; by 1 is no operation. */
export function addScale(g: GraphBuilder, value: string, factor: number, name?: string): string {
  if (factor === 1 && name === undefined) return value;
  return g.node("Mul", [value, addNumber(g, factor)], name === undefined ? {} : { outputs: [name] });
}

/** Bounds values smoothly: cap·tanh(x/cap). */
export function addCap(g: GraphBuilder, value: string, cap: number, name?: string): string {
  return addScale(g, g.node("Tanh", [addScale(g, value, 1 / cap)]), cap, name);
}
