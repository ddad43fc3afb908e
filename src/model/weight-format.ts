import type { ByteSource } from "../format/byte-source.ts";
import { parseTorchFile } from "../format/pickle/torch-file.ts";
import { parseSafetensorsHeader } from "../format/safetensors.ts";
import type { EncodedTensor } from "../format/stored-tensor.ts";
import { readGguf } from "./gguf/read-gguf.ts";

/** What a weight file holds, its elements apart. */
export interface ParsedWeights {
  readonly tensors: readonly EncodedTensor[];
  /** Contents of config.json and the like, where the file has them in it. */
  readonly texts?: ReadonlyMap<string, string>;
}

/** A kind of weight file, told by its name. */
export interface WeightFormat {
  readonly extensions: readonly string[];
  /** @param file - stands in errors. */
  parse(source: ByteSource, file: string): ParsedWeights;
}

const FORMATS: readonly WeightFormat[] = [
  {
    extensions: [".safetensors"],
    parse: (source, file) => ({ tensors: parseSafetensorsHeader(source, file).tensors }),
  },
  {
    extensions: [".bin", ".pt", ".pth", ".ckpt"],
    parse: (source, file) => ({ tensors: parseTorchFile(source, file) }),
  },
  { extensions: [".gguf"], parse: readGguf },
];

/** Finds how to read a weight file. @returns undefined for a kind that is not known. */
export function findWeightFormat(fileName: string): WeightFormat | undefined {
  return FORMATS.find(({ extensions }) => extensions.some((extension) => fileName.endsWith(extension)));
}
