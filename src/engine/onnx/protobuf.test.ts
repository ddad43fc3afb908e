import { expect, it } from "vitest";
import { floatField, integerField, joinBytes, messageField, textField } from "./protobuf.ts";

it("writes integers in groups of seven bits, the lowest first", () => {
  expect([...integerField(1, 0)]).toEqual([0x08, 0]);
  expect([...integerField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  expect([...integerField(1, 2 ** 40)]).toEqual([0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
});

it("writes negative integers as 64-bit two's complement", () => {
  expect([...integerField(2, -1)]).toEqual([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
});

it("takes two bytes for the tag of a field above 15", () => {
  expect([...integerField(20, 1)]).toEqual([0xa0, 0x01, 0x01]);
});

it("writes floats as four little-endian bytes", () => {
  expect([...floatField(2, 1)]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
});

it("writes texts as UTF-8 after their length", () => {
  expect([...textField(2, "né")]).toEqual([0x12, 3, 0x6e, 0xc3, 0xa9]);
});

it("writes messages as the length and content of their fields", () => {
  expect([...messageField(3, [integerField(1, 150), textField(2, "a")])]).toEqual([
    0x1a, 6, 0x08, 0x96, 0x01, 0x12, 1, 0x61,
  ]);
});

it("joins bytes in order", () => {
  expect([...joinBytes([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)])]).toEqual([1, 2, 3]);
});
