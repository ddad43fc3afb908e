// Stored elements to float32.

import { exponentOffset, halfInfinity, halfMagnitude, halfNormal, smallestHalf } from "./constant-vectors";

export function widenF32(src: usize, out: usize, n: usize): void {
  memory.copy(out, src, n << 2);
}

export function widenBF16(src: usize, out: usize, n: usize): void {
  const end = out + (n << 2);
  const zero = i32x4.splat(0);
  for (; out + 32 <= end; out += 32, src += 16) {
    const v = v128.load(src);
    v128.store(out, v128.shuffle<i16>(zero, v, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(out, v128.shuffle<i16>(zero, v, 4, 12, 5, 13, 6, 14, 7, 15), 16);
  }
  for (; out < end; out += 4, src += 2) store<u32>(out, (<u32>load<u16>(src)) << 16);
}

// @ts-ignore: decorator
@inline
function fromHalf(h: v128): v128 {
  const magnitude = v128.and(h, halfMagnitude());
  const a = i32x4.shl(magnitude, 13);
  const sign = i32x4.shl(v128.xor(h, magnitude), 16);
  // Without an exponent the bits count 2^-24; put them behind the last place of 2^-14 and take that away.
  const tiny = f32x4.sub(i32x4.add(a, smallestHalf()), smallestHalf());
  const normal = i32x4.add(a, exponentOffset());
  const r = v128.bitselect(tiny, normal, i32x4.lt_s(magnitude, halfNormal()));
  const special = v128.and(i32x4.ge_s(magnitude, halfInfinity()), exponentOffset());
  return v128.or(i32x4.add(r, special), sign);
}

export function widenF16(src: usize, out: usize, n: usize): void {
  const end = out + (n << 2);
  for (; out + 32 <= end; out += 32, src += 16) {
    const v = v128.load(src);
    v128.store(out, fromHalf(i32x4.extend_low_i16x8_u(v)));
    v128.store(out, fromHalf(i32x4.extend_high_i16x8_u(v)), 16);
  }
  for (; out < end; out += 4, src += 2) {
    v128.store32_lane(out, fromHalf(i32x4.splat(<i32>load<u16>(src))), 0);
  }
}

/** One byte an element, looked up among 256 float32. */
export function widenByTable(src: usize, table: usize, out: usize, n: usize): void {
  for (const end = src + n; src < end; src++, out += 4) {
    store<f32>(out, load<f32>(table + ((<usize>load<u8>(src)) << 2)));
  }
}

// @ts-ignore: decorator
@inline
function widenNumbers<T>(src: usize, out: usize, n: usize): void {
  for (const end = out + (n << 2); out < end; out += 4, src += sizeof<T>()) store<f32>(out, <f32>(<f64>load<T>(src)));
}

export function widenI16(src: usize, out: usize, n: usize): void {
  widenNumbers<i16>(src, out, n);
}

export function widenU16(src: usize, out: usize, n: usize): void {
  widenNumbers<u16>(src, out, n);
}

export function widenI32(src: usize, out: usize, n: usize): void {
  widenNumbers<i32>(src, out, n);
}

export function widenU32(src: usize, out: usize, n: usize): void {
  widenNumbers<u32>(src, out, n);
}

export function widenI64(src: usize, out: usize, n: usize): void {
  widenNumbers<i64>(src, out, n);
}

export function widenU64(src: usize, out: usize, n: usize): void {
  widenNumbers<u64>(src, out, n);
}

export function widenF64(src: usize, out: usize, n: usize): void {
  widenNumbers<f64>(src, out, n);
}
