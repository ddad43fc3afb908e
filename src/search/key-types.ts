/** Types that several keys of search files have. Each type's error text is the phrase after "must be" in search/bad_value. */

import { z } from "zod";

/** A text with something in it. */
export const name = z.string("a text").min(1, "a text that is not empty");

/** A number that is not infinite. */
export const finite = z.number("a number");

/** A number above 0. */
export const positive = z.number("a number above 0").positive("a number above 0");

/** A whole number from somewhere on. */
export const count = (from: number) => z.int("a whole number").min(from, `a whole number from ${from}`);

/** Settings of a merge method, in recipe syntax. */
export const settings = z.record(z.string(), z.json("a value"), "a mapping of names to values");

/** Models by their paths. */
export const models = z.array(name, "a list of paths").min(1, "a list of at least one path");
