/** Runs models one after another, each held as its size and the memory allow. */

import { type Engine, openEngine } from "../engine/engine.ts";
import type { HopStates } from "../engine/hop-states.ts";
import { openStreamingScorer } from "../engine/streaming-scorer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Model } from "../model/model.ts";
import { chooseHold, type HoldWishes, type ResidentHold } from "./model-hold.ts";

/** How models are run. */
export interface RunnerSettings extends HoldWishes {
  readonly kernels: Kernels;
  /** @default chosen by the engine */
  readonly threads?: number | undefined;
  /** As the engine takes it. */
  readonly states?: HopStates;
  /** As the engine takes it. */
  readonly onFoundWeights?: (bytes: number) => void;
}

/** The place of the one model that runs. */
export interface ModelRunner extends AsyncDisposable {
  /**
   * Makes a model ready in place of the one before. Buffers and sessions are kept where they fit.
   *
   * @param model - disposed of when it is not needed any more, at the latest by the next load.
   * @throws those of `openEngine` and `openStreamingScorer`
   */
  load(model: Model): Promise<LanguageModel>;
}

/** Makes a runner without a model. */
export function createModelRunner({
  kernels,
  threads,
  states,
  onFoundWeights,
  ...wishes
}: RunnerSettings): ModelRunner {
  let resident: { readonly engine: Engine; readonly hold: ResidentHold } | undefined;
  let streamed: Model | undefined;
  const count = threads === undefined ? {} : { threads };

  const close = async (): Promise<void> => {
    streamed?.[Symbol.dispose]();
    streamed = undefined;
    const { engine } = resident ?? {};
    resident = undefined;
    await engine?.[Symbol.asyncDispose]();
  };
  const loadResident = async (model: Model, hold: ResidentHold): Promise<Engine> => {
    if (resident?.hold.form === hold.form && resident.hold.memoryBytes === hold.memoryBytes) {
      await resident.engine.load(model);
      return resident.engine;
    }
    await close();
    const { form: weights, memoryBytes } = hold;
    const memory = memoryBytes === undefined ? {} : { memoryBytes };
    const sharing = { ...(states ? { states } : {}), ...(onFoundWeights ? { onFoundWeights } : {}) };
    const engine = await openEngine(model, { kernels, weights, ...count, ...memory, ...sharing });
    resident = { engine, hold };
    return engine;
  };
  return {
    async load(model) {
      const hold = chooseHold(model, wishes);
      if (hold.form === "streamed") {
        await close();
        streamed = model;
        return openStreamingScorer(model, { kernels, ...count, memoryBytes: hold.memoryBytes });
      }
      using read = model;
      return await loadResident(read, hold);
    },
    [Symbol.asyncDispose]: close,
  };
}
