/** Which plain words of YAML are numbers and truth values for PyYAML, which recipes and task files are written for. */

import type { ScalarTag, Tags } from "yaml";

/** PyYAML's own patterns. `y` and `n` are texts there, and so are `1e3`, `08` and `.`. */
const YES = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const NO = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const WHOLE = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const FRACTION = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/;
const EXPONENT = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)[eE][-+][0-9]+$/;

/** Changes the tags of YAML 1.1 to what PyYAML takes for them; dates stay texts, as which they are printed. */
export function pythonTags(tags: Tags): Tags {
  return tags.flatMap((tag): Tags => (isTested(tag) ? toPython(tag) : [tag]));
}

function isTested(tag: Tags[number]): tag is ScalarTag {
  return typeof tag === "object" && "test" in tag && !("nodeClass" in tag);
}

function toPython(tag: ScalarTag): Tags {
  switch (tag.tag) {
    case "tag:yaml.org,2002:bool":
      return [{ ...tag, test: tag.test!.test("true") ? YES : NO }];
    case "tag:yaml.org,2002:int":
      return tag.format === undefined ? [{ ...tag, test: WHOLE }] : [tag];
    case "tag:yaml.org,2002:float":
      if (tag.format === "EXP") return [{ ...tag, test: EXPONENT }];
      return tag.format === undefined && tag.test!.test("0.5") ? [{ ...tag, test: FRACTION }] : [tag];
    case "tag:yaml.org,2002:timestamp":
      return [];
    default:
      return [tag];
  }
}
