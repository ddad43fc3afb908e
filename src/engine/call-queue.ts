/** Runs asynchronous calls one after the other, in the order in which they were made. */
export type CallQueue = <T>(call: () => Promise<T>) => Promise<T>;

/** Makes a queue. A call that fails does not hold up the next. */
export function createCallQueue(): CallQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (call) => {
    const result = last.then(call, call);
    last = result.catch(() => {});
    return result;
  };
}
