/** Every command, in the order of `merganser --help`. One line each. */

import type { CliCommand } from "./command.ts";
import { merge } from "./merge.ts";
import { plan } from "./plan.ts";

export const COMMANDS: readonly CliCommand[] = [plan, merge];
