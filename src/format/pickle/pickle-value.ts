/** What a pickle may build here: plain values, and things that a host knows. Nothing of it runs. */

/** A value on the stack of the pickle machine. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleForeign;

/** Values that cannot be changed. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** Values in order. */
export class PickleList {
  readonly items: PickleValue[] = [];
}

/** Keys and values; keys that are no texts or numbers are compared by identity. */
export class PickleDict {
  readonly entries = new Map<PickleValue, PickleValue>();
}

/** A name of a module that the host allows, and what calling it gives. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly PickleValue[]) => PickleValue;

  constructor(name: string, call: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** Base of what a host puts on the stack. */
export abstract class PickleForeign {
  /** Not used; keeps other classes from passing for one. */
  abstract readonly foreign: string;
}

/** Something that is allowed in a checkpoint and of no use here: an array's dtype, random state, bytes. */
export class PickleOpaque extends PickleForeign {
  readonly foreign = "opaque";
}

/** The one opaque value. */
export const OPAQUE = new PickleOpaque();

/** The items of a value that should be a tuple, or undefined. */
export function tupleItems(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  return value instanceof PickleTuple ? value.items : undefined;
}
