import { describe, expect, it } from "vitest";
import { compileTemplate, MissingName, type TemplateScope } from "./template.ts";

const scope: TemplateScope = {
  fields: {
    word: "tea",
    n: 3,
    flag: true,
    list: ["p", "it's", 1, null],
    map: { k: 1.5 },
    nothing: null,
    range: "mine",
  },
  absent: new Set(["lost"]),
};
const render = (text: string): string => compileTemplate(text).render(scope);

describe("compileTemplate", () => {
  // Jinja2 3.1.6 with StrictUndefined and keep_trailing_newline
  it.each([
    ["{{word}}\n", "tea\n"],
    ["{% if word %}\nA\n{% endif %}\n", "\nA\n\n"],
    ["  {% for x in list %}[{{x}}]{% endfor %}", "  [p][it's][1][None]"],
    ["{{flag}} {{list}} {{map}} {{nothing}}", "True ['p', \"it's\", 1, None] {'k': 1.5} None"],
    ["{{n * 2}} {{n / 2}} {{4 / 2}} {{1.0}}", "6 1.5 2.0 1.0"],
    ["{{missing is defined}} {{missing | default('d')}} {{missing is undefined}}", "False d True"],
    ["{{range}} {{word.upper()}} {{list | length}} {{'ABC'[n - 1]}}", "mine TEA 4 C"],
    ["{{['p', 'q'].index('q')}} {{[1, [2]].index([2])}}", "1 1"],
    ["{% set x = word ~ n %}{{x}}{# note #}", "tea3"],
    ["{{['a', ' b '] | map('upper') | map('trim') | join('/')}} {{list[:2] | map('length') | list}}", "A/B [1, 4]"],
    ["{{n | round}} {{2.5 | round}} {{map.k | round(1)}} {{2.675 | round(2)}}", "3 2.0 1.5 2.67"],
    ["{{'%d of %s: %.1f' % (n, word, 0.25)}} {{7 % 4}} {{'%s' % word}}", "3 of tea: 0.2 3 tea"],
    ["{% if not nothing %}{{ 'yes' if flag else 'no' }}{% endif %}", "yes"],
  ])("renders %j as Jinja2 does", (text, rendered) => {
    expect(render(text)).toBe(rendered);
  });

  it("replaces by pattern, as the harness adds it to Jinja", () => {
    const replaced = (text: string) => compileTemplate(text).render({ fields: { s: "a1 b22" }, absent: new Set() });
    expect(replaced("{{ s | regex_replace('[0-9]+', 'N') }}")).toBe("aN bN");
    expect(replaced("{{ s | regex_replace('([a-z])(?P<n>[0-9])', '\\\\g<n>\\\\1') | upper }}")).toBe("1A 2B2");
  });

  it("counts as Jinja2's range does", () => {
    const counted = (text: string) => compileTemplate(text).render({ fields: {}, absent: new Set() });
    expect(counted("{% for i in range(3) %}{{i}}{% endfor %}")).toBe("012");
    expect(counted("{% for i in range(5, 0, -2) %}{{i}}{% endfor %}")).toBe("531");
    expect(() => counted("{% for i in range(1000000) %}{% endfor %}")).toThrow("at most 100000");
    expect(() => counted("{% for i in range(1, 2, 0) %}{% endfor %}")).toThrow("at most 100000");
  });

  it("gives the value of a single expression, and the text of anything else", () => {
    expect(compileTemplate("{{list}}").value(scope)).toEqual(["p", "it's", 1, null]);
    expect(compileTemplate("{{map}}").value(scope)).toEqual({ k: 1.5 });
    expect(compileTemplate("{{nothing}}").value(scope)).toBeNull();
    expect(compileTemplate("{{n}} ").value(scope)).toBe("3 ");
  });

  it.each([
    ["{{mising}}", "mising"],
    ["{% if mising %}{% endif %}", "mising"],
    ["{{map.gone}}", "map.gone"],
    ["{{word.shout()}}", "word.shout"],
    ["{{(word ~ n).gone}}", "(…).gone"],
    ["{{lost}}", "lost"],
  ])("refuses to render %s, which has no value", (text, name) => {
    const template = compileTemplate(text);
    expect(() => template.render(scope)).toThrow(MissingName);
    expect(() => template.render(scope)).toThrow(`"${name}" has no value`);
  });

  it("takes a field that only other items have for null where it is not printed", () => {
    expect(render("{% if lost %}a{% else %}b{% endif %} {{lost is none}}")).toBe("b True");
  });

  it.each([
    ["{{", "it ends inside a block or an expression"],
    ["{% for x in list %}", "it ends inside a block or an expression"],
    ["{{ x | }}", ""],
  ])("refuses %j, which is no template", (text, why) => {
    expect(() => compileTemplate(text)).toThrow(why);
  });

  it.each([
    ["{{word | shout}}", "filter"],
    ["{{word | regex_replace('(', 'b')}}", "group"],
    ["{{word | regex_replace('a')}}", "takes a pattern"],
    ["{{list | map('join', 1)}}", "one filter"],
    ["{{word | map('upper')}}", "takes a list"],
    ["{{word | round}}", "takes a number"],
    ["{{n | round(-1)}}", "number of digits"],
    ["{{n | regex_replace('a', 'b')}}", "takes a text"],
    ["{{['a'].index('b')}}", "'b' is not in the list ['a']"],
    ["{{word.upper}}", "a function cannot be printed"],
  ])("refuses to render %s", (text, why) => {
    expect(() => render(text)).toThrow(why);
  });
});
