import { defineChangesMethod } from "./changes-method.ts";
import { withoutOutliers } from "./sparsify/magnitude-sparsifier.ts";

/**
 * Drops each model's smallest and largest changes, and adds the rest to the base.
 *
 * @source Davari and Belilovsky 2023, "Model Breadcrumbs", https://arxiv.org/abs/2312.06795
 */
export const breadcrumbs = defineChangesMethod({
  name: "breadcrumbs",
  title: "Model Breadcrumbs",
  source: "https://arxiv.org/abs/2312.06795",
  sparsifier: withoutOutliers,
  elect: false,
  normalize: false,
  rescale: false,
});
