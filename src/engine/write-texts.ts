/** Writes the texts that several callers ask for, together. */

import { type Generator, generateAll } from "./generate.ts";
import type { Sequence } from "./generation-rounds.ts";
import type { LoadedModel } from "./model-slot.ts";
import { type OpenCall, openCall, type WritingCall } from "./writing-call.ts";

/**
 * Writes what calls ask for, until there are none left. Who comes while others' texts are written joins them between two
 * steps. What a call does wrong fails that call alone; engine/run_failed and engine/out_of_memory fail all that are
 * written together.
 *
 * @param calls - taken out as they are begun; others may be added until the end.
 * @param now - milliseconds on a clock that does not go back, for time limits.
 */
export async function writeTexts(model: LoadedModel, calls: WritingCall[], now: () => number): Promise<void> {
  const takeNext = (): OpenCall | undefined => {
    for (let call = calls.shift(); call !== undefined; call = calls.shift()) {
      const open = openCall(model, call, now);
      if (open !== undefined) return open;
    }
    return undefined;
  };
  for (let first = takeNext(); first !== undefined; )
    first = (await writeTogether(model, first, takeNext)) ?? takeNext();
}

/** @returns a call that was taken and must be written by itself. */
async function writeTogether(
  model: LoadedModel,
  first: OpenCall,
  takeNext: () => OpenCall | undefined,
): Promise<OpenCall | undefined> {
  const { decoder } = model;
  const places: { readonly call: OpenCall; readonly request: number }[] = [];
  const opened: OpenCall[] = [];
  const nobody = new AbortController();
  let held: OpenCall | undefined;
  const add = (call: OpenCall): readonly Sequence[] => {
    opened.push(call);
    return call.sequences.map((sequence) => {
      places.push({ call, request: sequence.request });
      return { ...sequence, request: places.length - 1 };
    });
  };
  const takesOthers = mayShare(model, first);
  const newcomers = (): readonly Sequence[] => {
    const joined: Sequence[] = [];
    while (takesOthers && held === undefined) {
      const next = takeNext();
      if (next === undefined) break;
      if (mayShare(model, next)) joined.push(...add(next));
      else held = next;
    }
    return joined;
  };
  const generator: Generator = {
    ...decoder,
    vocabulary: decoder.shape.vocabulary,
    newcomers,
    choose: ({ request }, written, logits) => {
      const place = places[request]!;
      return place.call.choose(place.request, written, logits);
    },
    isFinished(request, written) {
      const { call, request: own } = places[request]!;
      const isOver = call.isFinished(own, written);
      if (call.hasFailed && opened.every(({ hasFailed }) => hasFailed)) nobody.abort();
      return isOver;
    },
    ...(takesOthers ? { onFinished: finish } : {}),
  };
  function finish(request: number, written: readonly number[]): void {
    const { call, request: own } = places[request]!;
    call.finish(own, written);
  }
  try {
    const written = await generateAll(generator, add(first), nobody.signal);
    if (!takesOthers) for (const [request, ids] of written) finish(request, ids);
  } catch (error) {
    for (const call of opened) call.fail(error);
  }
  return held;
}

/** Long texts that are read anew on the way, and those for which the memory may not do, are written by themselves. */
function mayShare({ decoder }: LoadedModel, { sequences }: OpenCall): boolean {
  const longest = sequences.reduce((most, { prompt, room }) => Math.max(most, prompt.length + room), 0);
  return decoder.growableTokens === Number.POSITIVE_INFINITY && longest <= decoder.limits.cachePositions;
}
