import { once } from "node:events";
import { serve as startServer } from "../../server/serve.ts";
import { describeLook, lookToJson } from "../first-look.ts";
import { type RunFlags, runSubject } from "../open-subject.ts";
import { size, wholeNumber } from "../options.ts";
import { addRunOptions } from "../recipe-options.ts";
import type { CliCommand } from "./command.ts";

interface ServeFlags extends RunFlags {
  readonly host: string;
  readonly port: number;
  readonly name?: string;
  readonly maxBody: number;
  readonly json?: true;
}

/** `merganser serve`: lets chat clients talk to a model, or to a recipe that is not written. */
export const serve: CliCommand = {
  define(command, io) {
    addRunOptions(command)
      .option("--host <address>", "where to listen; any other than this machine's own lets others in", "127.0.0.1")
      .option("--port <n>", "0 for any that is free", wholeNumber("--port", 0), 8080)
      .option("--name <name>", "what clients see as the model's name (default: as given)")
      .option("--max-body <size>", "longest request", size("--max-body"), 2 ** 20)
      .action(async (subject: string, flags: ServeFlags) => {
        await using running = await runSubject(subject, flags, io, []);
        const { engine, look } = running;
        const { host, port, name = subject, maxBody: maxBodyBytes } = flags;
        const { signal } = io;
        await using serving = await startServer({
          engine,
          modelName: name,
          now: Date.now,
          signal,
          host,
          port,
          maxBodyBytes,
        });
        const { url } = serving;
        if (flags.json) io.print(JSON.stringify({ url, model: name, ...lookToJson(look) }));
        else {
          if (look !== undefined) io.print(describeLook(look));
          io.print(`${name} answers at ${url} (OpenAI's interface; Ctrl-C ends it)`);
        }
        if (!signal.aborted) await once(signal, "abort");
      });
  },
};
