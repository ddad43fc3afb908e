// Sums in float64 that do not depend on how an array was cut: element i of the whole goes to lane i mod 8, in order.

// @ts-ignore: decorator
@inline
function term<K>(a: f64, b: f64): f64 {
  if (sizeof<K>() == 1) return abs(a);
  if (sizeof<K>() == 4) return a;
  return a * b;
}

// @ts-ignore: decorator
@inline
function terms<K>(a: v128, b: v128): v128 {
  if (sizeof<K>() == 1) return f64x2.abs(a);
  if (sizeof<K>() == 4) return a;
  return f64x2.mul(a, b);
}

/** K is i8 for magnitudes, i16 for products, i32 for the values themselves. */
// @ts-ignore: decorator
@inline
function sumAll<K>(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  const end = a + (n << 2);
  let lane = <usize>(start & 7);
  for (; lane != 0 && a < end; a += 4, b += 4, lane = (lane + 1) & 7) addOne<K>(lanes, lane, a, b);
  let s0 = v128.load(lanes);
  let s1 = v128.load(lanes, 16);
  let s2 = v128.load(lanes, 32);
  let s3 = v128.load(lanes, 48);
  for (; a + 32 <= end; a += 32, b += 32) {
    s0 = f64x2.add(s0, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a)), f64x2.promote_low_f32x4(v128.load64_zero(b))));
    s1 = f64x2.add(s1, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 8)), f64x2.promote_low_f32x4(v128.load64_zero(b, 8))));
    s2 = f64x2.add(s2, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 16)), f64x2.promote_low_f32x4(v128.load64_zero(b, 16))));
    s3 = f64x2.add(s3, terms<K>(f64x2.promote_low_f32x4(v128.load64_zero(a, 24)), f64x2.promote_low_f32x4(v128.load64_zero(b, 24))));
  }
  v128.store(lanes, s0);
  v128.store(lanes, s1, 16);
  v128.store(lanes, s2, 32);
  v128.store(lanes, s3, 48);
  for (; a < end; a += 4, b += 4, lane = (lane + 1) & 7) addOne<K>(lanes, lane, a, b);
}

// @ts-ignore: decorator
@inline
function addOne<K>(lanes: usize, lane: usize, a: usize, b: usize): void {
  const at = lanes + (lane << 3);
  store<f64>(at, load<f64>(at) + term<K>(<f64>load<f32>(a), <f64>load<f32>(b)));
}

export function addMagnitudes(lanes: usize, start: u32, values: usize, n: usize): void {
  sumAll<i8>(lanes, start, values, values, n);
}

export function addValues(lanes: usize, start: u32, values: usize, n: usize): void {
  sumAll<i32>(lanes, start, values, values, n);
}

export function addProducts(lanes: usize, start: u32, a: usize, b: usize, n: usize): void {
  sumAll<i16>(lanes, start, a, b, n);
}

export function largestMagnitude(values: usize, n: usize): f32 {
  const end = values + (n << 2);
  let largest = f32x4.splat(0);
  for (; values + 16 <= end; values += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(values)));
  for (; values < end; values += 4) largest = f32x4.max(largest, f32x4.abs(v128.load32_zero(values)));
  const a = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
  return max<f32>(a, max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)));
}
