/**
 * The zoo's models, packed: a clone holds each model as its difference from the model that it was trained from, which
 * is less than half the size of the file itself. Only the first one, `models/base`, is there as it is.
 *
 * `zoo/packed.json` names each model, parents first, with its parent and the SHA-256 of its weights. `model.delta` is, brotli
 * compressed, a plane of the high bytes and a plane of the low bytes of the differences: the two files read as 16-bit
 * little-endian words, differences modulo 2^16, with the sign in the lowest bit. (Words of bfloat16 are ordered as
 * their magnitudes are, so that near weights have small differences.)
 *
 * Plain JavaScript for any Node ≥ 18, since `setup.mjs` uses it. Started by itself, it packs.
 */

import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";

const WEIGHTS = "model.safetensors";
const DELTA = "model.delta";

/** Sign to the lowest bit: 0, −1, 1, −2 … become 0, 1, 2, 3 …, so that the high byte of a small difference is 0. */
function foldSign(word) {
  const signed = (word << 16) >> 16;
  return ((signed << 1) ^ (signed >> 15)) & 0xffff;
}

function unfoldSign(word) {
  return (word >>> 1) ^ -(word & 1);
}

/**
 * Packs the bytes of a model as its difference from its parent's.
 *
 * @param {Buffer} bytes
 * @param {Buffer} parent - of the same length, which is even.
 * @returns {Buffer}
 */
export function packModel(bytes, parent) {
  const count = bytes.length / 2;
  const planes = Buffer.alloc(bytes.length);
  for (let i = 0; i < count; i++) {
    const word = foldSign(bytes.readUInt16LE(2 * i) - parent.readUInt16LE(2 * i));
    planes[i] = word >>> 8;
    planes[count + i] = word & 0xff;
  }
  return brotliCompressSync(planes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    },
  });
}

/**
 * The bytes of a model, from what `packModel` made of it.
 *
 * @param {Buffer} delta
 * @param {Buffer} parent
 * @returns {Buffer}
 */
export function unpackModel(delta, parent) {
  const planes = brotliDecompressSync(delta, { maxOutputLength: Math.max(1, parent.length) });
  const count = planes.length / 2;
  const bytes = Buffer.alloc(planes.length);
  for (let i = 0; i < count; i++) {
    const difference = unfoldSign((planes[i] << 8) | planes[count + i]);
    bytes.writeUInt16LE((parent.readUInt16LE(2 * i) + difference) & 0xffff, 2 * i);
  }
  return bytes;
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

function readPacked(zoo) {
  return JSON.parse(readFileSync(join(zoo, "packed.json"), "utf8"));
}

function readWeights(zoo, name) {
  return readFileSync(join(zoo, name, WEIGHTS));
}

/**
 * Writes the weights of each packed model that are not there yet. Weights newer than their packed form stay,
 * also when they differ from it: somebody made them.
 *
 * @param {string} zoo - the folder of the zoo.
 */
export function unpackZoo(zoo) {
  for (const [name, { parent, sha256: expected }] of Object.entries(readPacked(zoo))) {
    const weights = join(zoo, name, WEIGHTS);
    const delta = join(zoo, name, DELTA);
    if (existsSync(weights) && statSync(weights).mtimeMs >= statSync(delta).mtimeMs) continue;
    const bytes = unpackModel(readFileSync(delta), readWeights(zoo, parent));
    if (sha256(bytes) !== expected) {
      throw new Error(`${delta}: does not give the weights that packed.json names; check the files out again`);
    }
    writeFileSync(`${weights}.part`, bytes);
    renameSync(`${weights}.part`, weights);
  }
}

/** Packs every model that packed.json names again, and notes what its weights are. */
function packZoo(zoo) {
  const packed = readPacked(zoo);
  for (const [name, entry] of Object.entries(packed)) {
    const bytes = readWeights(zoo, name);
    entry.sha256 = sha256(bytes);
    writeFileSync(join(zoo, name, DELTA), packModel(bytes, readWeights(zoo, entry.parent)));
  }
  writeFileSync(join(zoo, "packed.json"), `${JSON.stringify(packed, null, 2)}\n`);
}

const file = fileURLToPath(import.meta.url);
if (process.argv[1] === file) packZoo(join(dirname(file), "..", "zoo"));
