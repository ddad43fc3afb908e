/** Turns the text of a recipe into a plan, or into a list of everything that is wrong with it. */

import { compareCodePoints } from "../base/code-points.ts";
import { invariant } from "../base/errors.ts";
import type { AnyMethod } from "../methods/method.ts";
import { elementCount } from "../tensor/shape.ts";
import { alignVocabularies } from "./align-vocabularies.ts";
import { checkInputs } from "./check-inputs.ts";
import { checkOutput } from "./check-output.ts";
import { checkParameters } from "./check-parameters.ts";
import { checkVocabularies } from "./check-vocabularies.ts";
import { checkWeights } from "./check-weights.ts";
import { recipeErrors } from "./errors.ts";
import { findRecipeMethod } from "./find-recipe-method.ts";
import { layOut } from "./lay-out.ts";
import { collectLicences } from "./licences.ts";
import { mergeNameOf, orderMerges } from "./merge-graph.ts";
import { type OpenedModel, type OpenModel, openInputs } from "./open-inputs.ts";
import { makeOutputConfig } from "./output-config.ts";
import { parseRecipes } from "./parse-recipe.ts";
import type { Plan, PlannedModel, PlannedTensor, Problem } from "./plan.ts";
import { planTensor, type TensorContext } from "./plan-tensor.ts";
import { isSameModel, type Recipe } from "./recipe.ts";
import { createReport, type Report } from "./report.ts";
import { makeSideTexts } from "./side-texts.ts";
import { listSlots, type TensorSlot } from "./tensor-slots.ts";

/** How a recipe is planned. */
export interface PlanOptions {
  /** Opens a model. It stays the caller's, who closes what was opened, also when no plan came of it. */
  readonly openModel: OpenModel;
  /** Opens the result of a merge of the same text. Needed only for texts of several documents. */
  readonly openMerge?: (plan: Plan) => PlannedModel;
  /** Adds adapters, by reference, to the result of such a merge. Without it they are refused there. */
  readonly addAdapters?: (merge: PlannedModel, adapters: readonly string[]) => PlannedModel;
  /** Of the random stream. @default 0 */
  readonly seed?: number;
  /** Whether models of different architectures may mix. @default false */
  readonly allowCrimes?: boolean;
  /** Whether surplus rows of embeddings are dropped where vocabularies differ. @default false */
  readonly unsafeTruncateEmbeddings?: boolean;
  /** Whether GPT-NeoX models may lack the buffers that mergekit demands. @default false */
  readonly allowMissingBuffers?: boolean;
  /**
   * Takes over looking for what only warns and takes time: vocabularies that do not fit. What it is given looks, once, and
   * returns warnings. Without it they are among the plan's.
   */
  readonly warnLater?: (look: () => readonly Problem[]) => void;
}

/** A plan, or why there is none. */
export interface Planning {
  /** Of the final merge. Undefined if there are problems. */
  readonly plan: Plan | undefined;
  /** The named merges of a text with several documents, each after those it needs; empty if there are problems. */
  readonly intermediates: readonly Plan[];
  /** What stands in the way, all at once, in the order of the text. */
  readonly problems: readonly Problem[];
  /** What is doubtful; the same as `plan.warnings`. */
  readonly warnings: readonly Problem[];
}

/**
 * Plans a recipe from headers, configs and its text alone.
 *
 * @param text - YAML as mergekit 0.1.5 reads it; several documents are a graph of merges, of which the one without a name
 * is the output.
 * @param name - where the text came from, as the user wrote it.
 * @throws only what is no fault of the recipe or its models; their problems are returned.
 */
export function planRecipe(text: string, name: string, options: PlanOptions): Planning {
  const report = createReport();
  const plans = planAll(text, name, options, report);
  const problems = report.problems();
  const warnings = report.warnings();
  if (plans === undefined || problems.length > 0) return { plan: undefined, intermediates: [], problems, warnings };
  const { final, intermediates } = plans;
  return { plan: { ...final, warnings }, intermediates, problems, warnings };
}

interface Plans {
  readonly final: Plan;
  readonly intermediates: readonly Plan[];
}

function planAll(text: string, name: string, options: PlanOptions, report: Report): Plans | undefined {
  const recipes = parseRecipes(text, report);
  const graph = recipes === undefined ? undefined : orderMerges(recipes, report);
  if (graph === undefined) return undefined;
  const plans = new Map<string, Plan | undefined>();
  const models = new Map<string, PlannedModel>();
  let final: Plan | undefined;
  for (const recipe of graph.order) {
    const isFinal = recipe === graph.final;
    const openModel = openAmong({ plans, models, options, report });
    const title = isFinal ? name : recipe.name!.value;
    const plan = planOne({ ...recipe, text: isFinal ? text : recipe.text }, title, { ...options, openModel }, report);
    if (isFinal) final = plan;
    if (recipe.name !== undefined) plans.set(recipe.name.value, plan);
  }
  const intermediates = [...plans.values()].filter((plan) => plan !== undefined && plan !== final) as Plan[];
  return final && { final, intermediates };
}

interface Among {
  readonly plans: ReadonlyMap<string, Plan | undefined>;
  /** Results of merges that were opened, by reference. */
  readonly models: Map<string, PlannedModel>;
  readonly options: PlanOptions;
  readonly report: Report;
}

/** A reference that begins with the name of a merge of the same text means its result; all others are models. */
function openAmong({ plans, models, options, report }: Among): OpenModel {
  return (reference) => {
    const name = mergeNameOf({ text: reference });
    if (!plans.has(name)) return options.openModel(reference);
    const [, ...adapters] = reference.split("+");
    const { openMerge, addAdapters } = options;
    if (adapters.length > 0 && addAdapters === undefined) throw recipeErrors.merge_with_extras({ reference, name });
    const plan = plans.get(name);
    if (plan === undefined) throw recipeErrors.merge_refused({ name });
    invariant(openMerge !== undefined, "who plans several documents says how merges are opened");
    const known = models.get(reference);
    const merged = known ?? openMerge({ ...plan, warnings: report.warnings() });
    const opened = known ?? (adapters.length === 0 ? merged : addAdapters!(merged, adapters));
    models.set(reference, opened);
    return opened;
  };
}

function planOne(recipe: Recipe, name: string, options: PlanOptions, report: Report): Plan | undefined {
  const method = findRecipeMethod(recipe, report);
  if (method !== undefined) {
    checkParameters(recipe, method, report);
    if (recipe.isWhole) checkInputs(recipe, method, report);
  }
  const opened = openInputs(recipe, options.openModel, options.allowCrimes ?? false, report);
  if (method === undefined || opened === undefined || !recipe.isWhole) return undefined;
  const modules = layOut(recipe, opened, report);
  if (modules === undefined) return undefined;
  const listed = listSlots({ modules, allowMissingBuffers: options.allowMissingBuffers ?? false, report });
  const { unsafeTruncateEmbeddings = false, openModel } = options;
  const donor = donorOf(recipe, opened);
  const setting = recipe.tokenizer;
  const alignment = setting && alignVocabularies({ recipe, setting, opened, donor, slots: listed, openModel, report });
  if (setting !== undefined && alignment === undefined) return undefined;
  const slots = alignment?.slots ?? listed;
  const tensors = planTensors(slots, { recipe, method, unsafeTruncateEmbeddings, report });
  const config = makeOutputConfig({ recipe, donor, modules, slots: listed, rows: alignment?.rows, report });
  checkWeights(tensors, recipe.method!.place, report);
  checkOutput(config, tensors, donor.reference.place, report);
  if (alignment === undefined)
    checkNowOrLater(options, report, (into) => checkVocabularies(opened, donor, tensors, into));
  return {
    recipeText: recipe.text,
    name,
    method: method.name,
    seed: options.seed ?? 0,
    models: (alignment?.opened ?? opened).map(toPlanned),
    tensors,
    config,
    donor: donor.index,
    licences: collectLicences(recipe, opened, report),
    sideTexts: makeSideTexts({ recipe, opened, donor, alignment, report }),
    warnings: [],
  };
}

function checkNowOrLater({ warnLater }: PlanOptions, report: Report, check: (into: Report) => void): void {
  if (warnLater === undefined) {
    check(report);
    return;
  }
  warnLater(() => {
    const late = createReport();
    check(late);
    return late.warnings();
  });
}

function toPlanned({ model, source, original }: OpenedModel): PlannedModel {
  return original === undefined ? { model, source } : { model, source, original };
}

/** The model that gives config.json, tokenizer and side files: the base, else the first that the text names. */
function donorOf({ base }: Recipe, opened: readonly OpenedModel[]): OpenedModel {
  const named = base === undefined ? undefined : opened.find(({ reference }) => isSameModel(reference, base));
  return named ?? opened[0]!;
}

function planTensors(slots: readonly TensorSlot[], context: TensorContext): PlannedTensor[] {
  const planned = slots
    .toSorted((a, b) => compareCodePoints(a.order, b.order))
    .flatMap((slot) => planTensor(context, slot) ?? []);
  return context.report.errorCount() > 0 ? planned : assignDraws(planned, context.method);
}

/** The order of work decides who draws which random numbers. */
function assignDraws(tensors: readonly PlannedTensor[], method: AnyMethod): PlannedTensor[] {
  let drawn = 0;
  return tensors.map((tensor) => {
    const { work, shape } = tensor;
    if (work.kind === "copy") return tensor;
    const drawStart = drawn;
    drawn += method.draws(work.settings, elementCount(shape));
    return { ...tensor, work: { ...work, drawStart } };
  });
}
