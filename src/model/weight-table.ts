/** What the headers of a checkpoint's weight files say. */

import type { EncodedTensor } from "../format/stored-tensor.ts";

/** A tensor and the file it is in. */
export interface FiledTensor extends EncodedTensor {
  /** Index into `WeightFiles.files`. */
  readonly file: number;
}

/** A weight file, by what is known of it without its data. */
export interface WeightFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** In the file's order. Names are unique. */
  readonly tensors: readonly FiledTensor[];
  /** Contents of config.json and the like that are in it. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A checkpoint's weight files and the tensors that count. */
export interface WeightFiles {
  readonly files: readonly WeightFile[];
  /** In the order of the files, then of their headers. */
  readonly tensors: readonly FiledTensor[];
}
