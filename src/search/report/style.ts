/** The report's style sheet: system fonts, light and dark, print, nothing loaded from elsewhere. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c1f24; --muted: #626b77; --line: #d9dee5; --panel: #f6f7f9;
  --child: #b3480b; --parent: #0b62a4; --plain: #6b7280; --point: #7d8795; --bad: #a8174a; --good: #17683a;
  --c1: #0072b2; --c2: #e69f00; --c3: #009e73; --c4: #cc79a7; --c5: #56b4e9; --c6: #d55e00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --text: #e7eaee; --muted: #9aa4b1; --line: #323943; --panel: #1c2027;
    --child: #ff9a52; --parent: #6cb6f5; --plain: #a2abb8; --point: #8b95a3; --bad: #ff7d9f; --good: #5fd191;
    --c1: #4aa8e0; --c2: #f0b429; --c3: #2fc79a; --c4: #e39ac2; --c5: #86cdf3; --c6: #ff8a4c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 2.2rem 1.5rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.6rem 0 .35rem; }
p { margin: .4rem 0; }
.kicker { color: var(--muted); font-size: .9rem; margin: 0 0 .6rem; }
.lede { font-size: 1.08rem; max-width: 46rem; }
.muted { color: var(--muted); font-size: .92rem; max-width: 46rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; margin: 1.4rem 0 0; }
.figure { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; }
.figure b { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure .child { color: var(--child); } .figure .parent { color: var(--parent); }
.figure span { color: var(--muted); font-size: .88rem; }
figure { margin: .6rem 0 0; overflow-x: auto; }
figure svg { max-width: 100%; min-width: 40rem; height: auto; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .95rem; margin-top: .5rem; }
th, td { text-align: right; padding: .42rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { color: var(--muted); font-weight: 600; font-size: .86rem; vertical-align: bottom; }
tbody th { font-weight: 500; }
tr.child th, tr.child td { font-weight: 700; color: var(--child); }
td.reason { text-align: left; color: var(--bad); white-space: normal; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem; overflow-x: auto;
  font: .88rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; margin: .6rem 0 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.6rem; margin: .7rem 0 0; font-size: .95rem; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.lineage { font-size: 13.5px; fill: currentColor; }
.lineage .edge { fill: none; stroke: var(--muted); stroke-width: 1.6; } .lineage .edge.base { stroke-dasharray: 5 4; }
.lineage .arrow { fill: var(--muted); }
.lineage .method { fill: var(--panel); stroke: var(--line); }
.lineage .box rect { fill: var(--panel); stroke: var(--line); stroke-width: 1.5; }
.lineage .parent rect { stroke: var(--parent); } .lineage .child rect { stroke: var(--child); stroke-width: 2.2; }
.lineage .base rect { stroke-dasharray: 5 4; }
.lineage .name { font-weight: 600; } .lineage .note { fill: var(--muted); font-size: 12px; }
footer { margin-top: 3rem; color: var(--muted); font-size: .88rem; border-top: 1px solid var(--line); padding-top: .8rem; }
@media print { main { max-width: none; padding: 0; } h2 { break-after: avoid; } figure, .scroll, pre { break-inside: avoid; } }
`;
