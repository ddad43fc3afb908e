import type { Random } from "../../src/base/philox.ts";
import { damageBytes } from "./damage-bytes.ts";

/** Operations of pickles, which a changed byte would seldom hit. */
const OPERATIONS = [..."(012NJKMGXTUBC)t]aeld}sucRbQqrhj."]
  .map((sign) => sign.charCodeAt(0))
  .concat([
    ...[
      0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94, 0x95,
    ],
  ]);

/** Damages a checkpoint of torch in one to four places: bytes, operations, numbers, pieces moved, the end cut off. */
export function createDamagedTorch(whole: Uint8Array, random: Random): Uint8Array {
  let file = Uint8Array.from(whole);
  for (let n = 1 + random.nextBelow(4); n > 0; n--) {
    if (random.nextBelow(3) > 0 || file.length === 0) file = damageBytes(file, random);
    else file[random.nextBelow(file.length)] = OPERATIONS[random.nextBelow(OPERATIONS.length)]!;
  }
  return file;
}
