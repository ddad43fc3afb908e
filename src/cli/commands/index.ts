/** Every command, in the order of `merganser --help`. One line each. */

import type { CliCommand } from "./command.ts";
import { evaluate } from "./eval.ts";
import { evolve } from "./evolve.ts";
import { generate } from "./generate.ts";
import { merge } from "./merge.ts";
import { plan } from "./plan.ts";
import { score } from "./score.ts";

export const COMMANDS: readonly CliCommand[] = [plan, merge, evaluate, score, generate, evolve];
