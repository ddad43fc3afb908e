import type { ByteSource } from "../format/byte-source.ts";
import { parseTorchFile } from "../format/pickle/torch-file.ts";
import { parseSafetensorsHeader } from "../format/safetensors.ts";
import type { EncodedTensor } from "../format/stored-tensor.ts";

/** A kind of weight file, told by its name. */
export interface WeightFormat {
  readonly extensions: readonly string[];
  /**
   * Reads what tensors a file holds, and not their elements.
   *
   * @param file - stands in errors.
   */
  parse(source: ByteSource, file: string): readonly EncodedTensor[];
}

const FORMATS: readonly WeightFormat[] = [
  { extensions: [".safetensors"], parse: (source, file) => parseSafetensorsHeader(source, file).tensors },
  { extensions: [".bin", ".pt", ".pth", ".ckpt"], parse: parseTorchFile },
];

/** Finds how to read a weight file. @returns undefined for a kind that is not known. */
export function findWeightFormat(fileName: string): WeightFormat | undefined {
  return FORMATS.find(({ extensions }) => extensions.some((extension) => fileName.endsWith(extension)));
}
