// The kernels that kernels.wasm holds. AssemblyScript, not TypeScript: built by scripts/build-kernels.ts.
// Every function has a twin in ../plain that gives the same bits; the comments there say what it computes.

export * from "./arithmetic";
export * from "./changes";
export { addChangesBF16, changeBF16 } from "./comparing";
export { prepareConstants } from "./constant-vectors";
export * from "./content-hash";
export { cascade, divergenceTermsBF16, divergenceTermsF16, largest, takeImportantBF16, takeImportantF16, takeImportantF32 } from "./divergence";
export { exponentials, prepareExponential } from "./exponential";
export { addGram } from "./gram";
export * from "./lane-hash";
export * from "./layout";
export * from "./mersenne";
export * from "./narrow";
export * from "./near-swap";
export { dropByRankBF16, preparePacking } from "./ranks";
export * from "./reinforce";
export * from "./selection";
export { countSigns, packSigns } from "./signs";
export { dropByRankF32 } from "./sorted-ranks";
export * from "./stored-changes";
export * from "./stored-mean";
export * from "./sums";
export * from "./variance";
export * from "./weighted-mean";
export * from "./widen";
