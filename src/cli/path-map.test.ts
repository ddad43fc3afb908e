import { expect, it } from "vitest";
import { createPathMap } from "./path-map.ts";

it("finds paths of another machine on this one, adapters too", () => {
  const locate = createPathMap(["/home/a/models=/data", "/tasks/=/mnt/tasks/"]);
  expect(locate("/home/a/models/ja")).toBe("/data/ja");
  expect(locate("/home/a/models")).toBe("/data");
  expect(locate("/home/a/models2/ja")).toBe("/home/a/models2/ja");
  expect(locate("/home/a/models/ja+/tasks/lora")).toBe("/data/ja+/mnt/tasks/lora");
  expect(locate("org/model@main")).toBe("org/model@main");
});

it.each(["x", "=/a", "/a=", "/=/"])("%s is no map", (map) => {
  expect(() => createPathMap([map])).toThrow(expect.objectContaining({ code: "cli/bad_map" }));
});
