// The style of a report's page: light and dark, from a phone to paper.
#pragma once

namespace settle {

/// Series have the colours --s1 … --s8, as many as the palette of plots has.
inline constexpr const char* page_style = R"css(
:root {
  color-scheme: light dark;
  --paper: #f8f7f4; --card: #ffffff; --ink: #1c2126; --soft: #575e66; --line: #dedbd4; --accent: #0a5c8c;
  --good: #1b7045; --bad: #b3261e; --grid: #e2e2e0; --reference: #707070;
  --s1: #0072b2; --s2: #d55e00; --s3: #008a64; --s4: #a8509c; --s5: #a87700; --s6: #2f93cf; --s7: #8a2846; --s8: #555555;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121417; --card: #1a1d21; --ink: #e6e8ea; --soft: #a3abb3; --line: #33383e; --accent: #7cc0ee;
    --good: #5fc98f; --bad: #ff8f85; --grid: #2d3237; --reference: #959ca3;
    --s1: #5aaeea; --s2: #ff8a4c; --s3: #3ecfa0; --s4: #dc92d2; --s5: #e0b040; --s6: #9bd3f7; --s7: #ec7d9f; --s8: #b5b5b5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto,
  "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif; overflow-wrap: break-word;
}
main, header, footer { max-width: 76rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
header { padding-top: clamp(1.5rem, 5vw, 3.5rem); }
footer { padding-top: 1.5rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem; }
.kicker { margin: 0; color: var(--soft); font-size: .8125rem; letter-spacing: .09em; text-transform: uppercase; }
h1 { margin: .1em 0 .3em; font-size: clamp(1.75rem, 5vw, 2.6rem); line-height: 1.15; letter-spacing: -.015em; font-weight: 650; }
h2 { margin: 2.75rem 0 1rem; padding-top: .9rem; border-top: 1px solid var(--line); font-size: 1.3rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 0 0 .5rem; font-size: 1rem; font-weight: 650; }
p { max-width: 46rem; margin: 0 0 1rem; }
.lead { font-size: 1.125rem; }
a { color: var(--accent); }
a:focus-visible, [tabindex]:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .875em; }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 1.75rem; margin: 1rem 0 0; }
.facts div { display: flex; gap: .5rem; min-width: 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
.tiles div { padding: .8rem 1rem .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.tiles dt { color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
.tiles dd { margin: 0; font-size: 1.25rem; line-height: 1.5; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }
.verdicts { list-style: none; margin: 0 0 1.5rem; padding: 0; max-width: 46rem; }
.verdicts li { display: grid; grid-template-columns: 5.5rem 1fr; gap: .5rem; padding: .3rem 0; border-bottom: 1px solid var(--line); }
.verdicts b { font-weight: 600; }
.passed b { color: var(--good); }
.failed b { color: var(--bad); }
.unknown b { color: var(--soft); }
.seen { color: var(--soft); }
.note { margin: 1.25rem 0 1rem; padding: .6rem .9rem; max-width: 46rem; border-left: 3px solid var(--s5); background: var(--card); }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1.25rem; align-items: start; margin-bottom: 1.5rem; }
figure { margin: 0; padding: 1rem clamp(.5rem, 2vw, 1.1rem) .9rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; min-width: 0; }
figure h3 { padding: 0 .25rem; }
figure svg { display: block; width: 100%; height: auto; color: var(--ink); font-family: inherit; }
figcaption { margin-top: .6rem; padding: 0 .25rem; color: var(--soft); font-size: .875rem; line-height: 1.45; }
.files { display: block; margin-top: .35rem; }
.scroll { overflow-x: auto; max-width: 100%; margin: 0 0 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { padding: .65rem .9rem; text-align: left; font-weight: 650; }
th, td { padding: .34rem .9rem; text-align: left; border-top: 1px solid var(--line); vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
td:last-child:not(:nth-child(2)) { min-width: 14rem; }
.numbers td:last-child { min-width: 0; }
.numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
pre { overflow-x: auto; max-width: 100%; margin: 0 0 1.25rem; padding: .8rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; line-height: 1.5; tab-size: 4; }
pre code { white-space: pre; overflow-wrap: normal; }
details { margin: 0 0 1rem; }
summary { cursor: pointer; padding: .35rem 0; font-weight: 600; }
@media print {
  :root { color-scheme: light; }
  body { background: #fff; }
  figure, .tiles div, tr { break-inside: avoid; }
  .files { display: none; }
}
)css";

}  // namespace settle
