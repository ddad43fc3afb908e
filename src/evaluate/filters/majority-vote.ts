import { z } from "zod";
import { defineFilter } from "./filter.ts";

/** Keeps the response that occurs most often, the earliest of them where several do. */
export const majorityVote = defineFilter({
  name: "majority_vote",
  title: "Keeps the response that occurs most often.",
  settings: z.strictObject({}),
  begin: () => (responses) => {
    const votes = new Map<string, number>();
    for (const response of responses) votes.set(response, (votes.get(response) ?? 0) + 1);
    const most = Math.max(...votes.values());
    return [...votes.keys()].filter((response) => votes.get(response) === most).slice(0, 1);
  },
});
