import { defineErrors } from "../base/errors.ts";
import { formatSize } from "../base/size.ts";
import type { Dtype } from "../tensor/dtype.ts";

/** Errors of what is asked of the kernels. */
export const kernelErrors = defineErrors("kernels", "input", {
  unsupported_dtype: (d: { dtype: Dtype }) =>
    `elements of type ${d.dtype} can be copied but not computed with; convert the tensor to BF16, F16 or F32`,
});

/** Errors of the memory the kernels were given. */
export const kernelLimits = defineErrors("kernels", "environment", {
  out_of_memory: (d: { askedBytes: number; freeBytes: number; sizeBytes: number }) =>
    `${formatSize(d.askedBytes)} do not fit in the ${formatSize(d.freeBytes)} that are free of the kernels' ` +
    `${formatSize(d.sizeBytes)}; allow more memory`,
});
