import { defineChangesMethod } from "./changes-method.ts";
import { withoutOutliers } from "./sparsify/magnitude-sparsifier.ts";

/**
 * Drops each model's smallest and largest changes, and adds to the base what has the elected sign.
 *
 * @source Davari and Belilovsky 2023, "Model Breadcrumbs", https://arxiv.org/abs/2312.06795
 */
export const breadcrumbsTies = defineChangesMethod({
  name: "breadcrumbs_ties",
  title: "Model Breadcrumbs with TIES",
  source: "https://arxiv.org/abs/2312.06795",
  sparsifier: withoutOutliers,
  elect: true,
  normalize: false,
  rescale: false,
});
