import { type Kinship, type KinshipRun, measureKinship } from "../../src/select/kinship/kinship.ts";
import { measurePiece, measuringBytes } from "../../src/select/kinship/measure-piece.ts";
import { wasmKernels } from "../contracts/kernel-twins.ts";

/** Measures kinship on this thread. */
export function measureHere(run: Omit<KinshipRun, "runPieces">): Promise<Kinship> {
  const kernels = wasmKernels(measuringBytes(run.models.length));
  return measureKinship({
    ...run,
    runPieces: async (pieces, onDone) => {
      for (const [index, piece] of pieces.entries()) onDone(index, measurePiece(piece, run, kernels));
    },
  });
}
