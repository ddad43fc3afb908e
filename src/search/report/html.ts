/** A piece of HTML that may be put into a page as it is. */
export class Html {
  readonly text: string;

  /** @param text - well-formed, with everything that came from outside escaped already. */
  constructor(text: string) {
    this.text = text;
  }
}

/** Takes a text as HTML, unescaped: only for what this program wrote itself. */
export function rawHtml(text: string): Html {
  return new Html(text);
}

/** What a template may hold: texts and numbers are escaped, HTML is not, lists are joined, undefined is nothing. */
export type HtmlPart = string | number | Html | undefined | readonly HtmlPart[];

/** Writes HTML; every value that is not HTML itself is escaped. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(strings.map((string, i) => (i === 0 ? string : toText(parts[i - 1]) + string)).join(""));
}

function toText(part: HtmlPart): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(toText).join("");
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
