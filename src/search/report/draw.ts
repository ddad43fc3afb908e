import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml, type Html, rawHtml } from "./html.ts";

/** Width of charts in pixels, before the page scales them to its own width. */
export const CHART_WIDTH = 860;

const STYLE = { fontSize: "13px", fontFamily: "inherit", background: "none", overflow: "visible" };

/**
 * Draws a chart as an SVG that can stand in a page. The only place that knows that charts are drawn outside a browser.
 *
 * @param label - says what the chart shows, for those who cannot see it.
 */
export function drawChart(options: Plot.PlotOptions, label: string): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ width: CHART_WIDTH, style: STYLE, ...options, document: document as never });
  // linkedom leaves < and & in attributes as they are, so the only one with text from outside is written here.
  return rawHtml(svg.outerHTML.replace("<svg", () => `<svg role="img" aria-label="${escapeHtml(label)}"`));
}
