import type { Json } from "../../src/base/canonical-json.ts";
import type { EventStore } from "../../src/search/event-store.ts";

/** An event store that lives as long as the test; what it holds went through JSON, as in the real one. */
export function createMemoryStore(): EventStore {
  const events: { readonly seq: number; readonly kind: string; readonly payload: Json }[] = [];
  const results = new Map<string, Map<string, Json>>();
  return {
    appendEvent(kind, payload, rows = [], replaced = undefined) {
      if (replaced !== undefined) {
        const { seq, payload: other } = replaced;
        events[seq - 1] = { ...events[seq - 1]!, payload: throughJson(other) };
      }
      const seq = events.length + 1;
      events.push({ seq, kind, payload: throughJson(payload) });
      for (const { candidate, task, item, result } of rows) {
        const items = results.get(`${candidate} ${task}`) ?? new Map<string, Json>();
        if (!items.has(item)) items.set(item, throughJson(result));
        results.set(`${candidate} ${task}`, items);
      }
      return seq;
    },
    events: () => [...events],
    results: (candidate, task) => results.get(`${candidate} ${task}`) ?? new Map(),
  };
}

function throughJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
