/**
 * The parts of @huggingface/jinja that are used, with types: those that it ships name their files without endings, which
 * TypeScript does not follow for ES modules.
 */

import * as library from "@huggingface/jinja";

/** A value while a template runs: text, number, list (`value` holds values), mapping (a Map of values), function, … */
export interface JinjaValue {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

/** A node of a syntax tree. Every kind has some of the fields. */
export interface JinjaNode {
  readonly type: string;
  readonly value?: unknown;
  readonly object?: JinjaNode;
  readonly property?: JinjaNode;
  readonly callee?: JinjaNode;
  readonly args?: readonly JinjaNode[];
  readonly filter?: JinjaNode;
  readonly operand?: JinjaNode;
  readonly operator?: JinjaNode;
  readonly left?: JinjaNode;
  readonly right?: JinjaNode;
  readonly test?: JinjaNode;
  readonly body?: readonly JinjaNode[];
  readonly alternate?: readonly JinjaNode[];
  readonly defaultBlock?: readonly JinjaNode[];
}

/** The root of a syntax tree. */
export interface JinjaProgram extends JinjaNode {
  readonly body: readonly JinjaNode[];
}

/** Names and their values. */
export interface JinjaEnvironment {
  /** Declares a name, once; plain values and functions are converted. @returns the converted value. */
  set(name: string, value: unknown): JinjaValue;
}

/** Walks a syntax tree; it calls its own `evaluate` for every node below. */
export interface JinjaInterpreter {
  readonly global: JinjaEnvironment;
  run(program: JinjaProgram): JinjaValue;
  evaluate(node: JinjaNode | undefined, environment: JinjaEnvironment): JinjaValue;
}

interface JinjaLibrary {
  readonly Environment: new (parent?: JinjaEnvironment) => JinjaEnvironment;
  readonly Interpreter: new (environment: JinjaEnvironment) => JinjaInterpreter;
  readonly parse: (tokens: unknown) => JinjaProgram;
  readonly tokenize: (text: string) => unknown;
}

/** The library, typed. */
export const { Environment, Interpreter, parse, tokenize } = library as unknown as JinjaLibrary;
