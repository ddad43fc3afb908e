/** The first elements of an array; mostly all, and then no new view is made, which takes longer than some kernels. */
export function front<A extends Float32Array | Uint32Array>(array: A, length: number): A {
  return array.length === length ? array : (array.subarray(0, length) as A);
}
