/**
 * Jinja templates as lm-evaluation-harness renders them: strict about names, white space kept, values printed as
 * Python prints them. The library underneath serves chat templates and does otherwise by default.
 */

import type { Json } from "../base/canonical-json.ts";
import {
  Environment,
  Interpreter,
  type JinjaEnvironment,
  type JinjaNode,
  type JinjaProgram,
  type JinjaValue,
  parse,
  tokenize,
} from "./jinja-library.ts";
import { pythonFormat, pythonRound } from "./python-format.ts";
import { compilePythonRegex } from "./python-regex.ts";
import { isList, pythonLiteral, pythonText } from "./python-text.ts";

/** The values that a template may name. */
export interface TemplateScope {
  readonly fields: { readonly [name: string]: Json };
  /** Names that other items have and this one lacks: null in tests, but an error when printed. */
  readonly absent: ReadonlySet<string>;
}

/** A compiled template. */
export interface Template {
  /** @throws MissingName, or the library's plain `Error` for what it cannot do. */
  render(scope: TemplateScope): string;
  /** The value itself where the template is one `{{ expression }}`, else the rendered text. @throws as `render`. */
  value(scope: TemplateScope): Json;
}

/** A name in a template that has no value; `name` may have dots. */
export class MissingName extends Error {
  override readonly name = "MissingName";
  readonly missing: string;

  constructor(missing: string) {
    super(`"${missing}" has no value`);
    this.missing = missing;
  }
}

/** Code units of a template: the longest few-shot prompts in use are below 20,000. Parsing time grows with it. */
const MAX_TEMPLATE_LENGTH = 100_000;

/** Compiles a template. @throws Error (from the library, with its own wording) where it is not well formed. */
export function compileTemplate(text: string): Template {
  if (text.length > MAX_TEMPLATE_LENGTH)
    throw new Error(`it has ${text.length} characters, and at most ${MAX_TEMPLATE_LENGTH} are read`);
  // The lexer drops one newline at the end, which the harness keeps.
  const program = parseTemplate(text.endsWith("\n") ? `${text}\n` : text);
  const only = program.body.length === 1 && isPrinted(program.body[0]!) ? program.body[0] : undefined;
  return {
    render: (scope) => new StrictInterpreter(scope).run(program).toString(),
    value: (scope) => {
      const interpreter = new StrictInterpreter(scope);
      return only === undefined ? interpreter.run(program).toString() : toJson(interpreter.evaluate(only));
    },
  };
}

function parseTemplate(text: string): JinjaProgram {
  try {
    return parse(tokenize(text));
  } catch (cause) {
    // The parser runs off the end of its tokens.
    if (cause instanceof TypeError) throw new SyntaxError("it ends inside a block or an expression", { cause });
    throw cause;
  }
}

const UNPRINTED = new Set([
  "Set",
  "If",
  "For",
  "Macro",
  "CallStatement",
  "FilterStatement",
  "Break",
  "Continue",
  "Comment",
]);

function isPrinted(node: JinjaNode): boolean {
  return !UNPRINTED.has(node.type);
}

class StrictInterpreter extends Interpreter {
  readonly #absent: ReadonlySet<string>;
  readonly #printed = new WeakSet<object>();
  #askingWhetherDefined = 0;

  constructor({ fields, absent }: TemplateScope) {
    super(scopeOf(fields, absent));
    this.#absent = absent;
  }

  override evaluate(node: JinjaNode | undefined, environment: JinjaEnvironment = this.global): JinjaValue {
    if (node === undefined) return super.evaluate(node, environment);
    for (const block of [node.body, node.alternate, node.defaultBlock]) {
      for (const child of block ?? []) if (isPrinted(child)) this.#printed.add(child);
    }
    const value = this.#evaluateStrictly(node, environment);
    if (!this.#printed.has(node)) return value;
    const absent = node.type === "Identifier" && value.type === "NullValue" && this.#absent.has(String(node.value));
    if (absent) throw new MissingName(String(node.value));
    return toValue(printed(value));
  }

  #evaluateStrictly(node: JinjaNode, environment: JinjaEnvironment): JinjaValue {
    const asking = asksWhetherDefined(node);
    this.#askingWhetherDefined += Number(asking);
    try {
      const value =
        this.#listIndex(node, environment) ??
        this.#regexReplace(node, environment) ??
        this.#mapByFilter(node, environment) ??
        this.#round(node, environment) ??
        this.#percentFormat(node, environment) ??
        super.evaluate(node, environment);
      const looksUp = node.type === "Identifier" || node.type === "MemberExpression";
      if (value.type === "UndefinedValue" && looksUp && this.#askingWhetherDefined === 0)
        throw new MissingName(nameOf(node));
      return value;
    } finally {
      this.#askingWhetherDefined -= Number(asking);
    }
  }

  /** `text | regex_replace(pattern, replacement)`, which the harness adds to Jinja. */
  #regexReplace({ type, filter, operand }: JinjaNode, environment: JinjaEnvironment): JinjaValue | undefined {
    if (type !== "FilterExpression" || filter?.callee?.value !== "regex_replace") return undefined;
    const [pattern, replacement] = (filter.args ?? []).map((arg) => toJson(this.evaluate(arg, environment)));
    if (typeof pattern !== "string" || typeof replacement !== "string")
      throw new Error("regex_replace takes a pattern and what to put in its place");
    const text = toJson(this.evaluate(operand, environment));
    if (typeof text !== "string") throw new Error(`regex_replace takes a text, got ${pythonLiteral(text)}`);
    return toValue(compilePythonRegex(pattern).replace(text, replacement));
  }

  /** `list | map('upper')`; the library knows attributes alone. */
  #mapByFilter({ type, filter, operand }: JinjaNode, environment: JinjaEnvironment): JinjaValue | undefined {
    const [name, ...others] = filter?.args ?? [];
    if (type !== "FilterExpression" || filter?.callee?.value !== "map" || name?.type !== "StringLiteral")
      return undefined;
    if (others.length > 0 || !/^[a-z_]+$/.test(String(name.value))) throw new Error("map takes the name of one filter");
    const list = toJson(this.evaluate(operand, environment));
    if (!isList(list)) throw new Error(`map takes a list, got ${pythonLiteral(list)}`);
    return toValue(list.map((entry) => toJson(this.#filtered(entry, String(name.value), environment))));
  }

  #filtered(value: Json, filter: string, environment: JinjaEnvironment): JinjaValue {
    const inner = new Environment(environment);
    inner.set("value", value);
    return this.evaluate(parse(tokenize(`{{ value | ${filter} }}`)).body[0], inner);
  }

  /** `number | round(digits)`, as Python rounds: whole numbers stay what they are, others stay fractions. */
  #round({ type, filter, operand }: JinjaNode, environment: JinjaEnvironment): JinjaValue | undefined {
    if (type !== "FilterExpression" || (filter?.callee ?? filter)?.value !== "round") return undefined;
    const value = this.evaluate(operand, environment);
    const [digits = 0, ...others] = (filter?.args ?? []).map((arg) => toJson(this.evaluate(arg, environment)));
    const isCount = typeof digits === "number" && Number.isInteger(digits) && digits >= 0 && digits <= 100;
    if (!isCount || others.length > 0) throw new Error("round takes a number of digits");
    if (value.type === "IntegerValue") return value;
    if (value.type !== "FloatValue") throw new Error(`round takes a number, got ${pythonLiteral(toJson(value))}`);
    return this.#filtered(pythonRound(value.value as number, digits), "float", environment);
  }

  /** `"%d of %s" % (a, b)` */
  #percentFormat({ type, operator, left, right }: JinjaNode, environment: JinjaEnvironment): JinjaValue | undefined {
    if (type !== "BinaryExpression" || operator?.value !== "%" || left?.type !== "StringLiteral") return undefined;
    return toValue(pythonFormat(String(left.value), toJson(this.evaluate(right, environment))));
  }

  /** `list.index(x)`, which many targets are written with and the library lacks. */
  #listIndex({ type, callee, args }: JinjaNode, environment: JinjaEnvironment): JinjaValue | undefined {
    if (type !== "CallExpression" || callee?.property?.value !== "index" || args?.length !== 1) return undefined;
    const list = toJson(this.evaluate(callee.object, environment));
    if (!isList(list)) return undefined;
    const wanted = pythonLiteral(toJson(this.evaluate(args[0], environment)));
    const index = list.findIndex((entry) => pythonLiteral(entry) === wanted);
    if (index < 0) throw new Error(`${wanted} is not in the list ${pythonLiteral(list)}`);
    return toValue(index);
  }
}

/** `x is defined` and `x | default(y)` are the two places where a name without a value is allowed. */
function asksWhetherDefined(node: JinjaNode): boolean {
  if (node.type === "TestExpression") return node.test?.value === "defined" || node.test?.value === "undefined";
  if (node.type !== "FilterExpression") return false;
  const filter = node.filter?.callee ?? node.filter;
  return filter?.value === "default";
}

function nameOf(node: JinjaNode): string {
  if (node.object === undefined) return node.type === "Identifier" ? String(node.value) : "(…)";
  const property = node.property;
  return `${nameOf(node.object)}.${property === undefined ? "" : nameOf(property)}`;
}

/** The fields in a scope of their own, since they may hide Jinja's names. */
function scopeOf(fields: TemplateScope["fields"], absent: ReadonlySet<string>): JinjaEnvironment {
  const builtIns = new Environment();
  for (const [name, value] of [
    ["true", true],
    ["True", true],
    ["false", false],
    ["False", false],
    ["none", null],
    ["None", null],
  ] as const)
    builtIns.set(name, value);
  builtIns.set("range", range);
  const scope = new Environment(builtIns);
  for (const name of absent) scope.set(name, null);
  for (const [name, value] of Object.entries(fields)) scope.set(name, value);
  return scope;
}

/** Numbers that `range` gives at most: more than any prompt counts, and little memory. */
const MAX_RANGE = 100_000;

function range(...bounds: readonly number[]): number[] {
  const [start, stop, step] = bounds.length === 1 ? [0, bounds[0]!, 1] : [bounds[0]!, bounds[1]!, bounds[2] ?? 1];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= MAX_RANGE)) throw new Error(`range() gives at most ${MAX_RANGE} numbers`);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function printed(value: JinjaValue): string {
  const whole = value.type === "FloatValue" && Number.isSafeInteger(value.value);
  return whole ? `${value.value}.0` : pythonText(toJson(value));
}

/** The library does not export its values' classes, but makes them when a variable is set. */
function toValue(value: Json): JinjaValue {
  return new Environment().set("value", value);
}

function toJson(value: JinjaValue): Json {
  const inner: unknown = value.value;
  if (Array.isArray(inner)) return inner.map((entry: JinjaValue) => toJson(entry));
  if (inner instanceof Map)
    return Object.fromEntries(Array.from(inner as Map<string, JinjaValue>, ([key, entry]) => [key, toJson(entry)]));
  if (value.type === "NullValue" || value.type === "UndefinedValue") return null;
  if (typeof inner === "function") throw new Error("a function cannot be printed; call it");
  return inner as Json;
}
