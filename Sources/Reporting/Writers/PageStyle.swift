/// The style sheet of pages, beside that of figures: one column that is readable from 360 pixels on,
/// in the reader's color scheme, and in print.
let pageStyle = """
  :root{color-scheme:light dark;--link:#0550ae;--strip:#f6f8fa}
  @media screen and (prefers-color-scheme:dark){:root{--link:#79b8ff;--strip:#161b22}}
  *{box-sizing:border-box}
  body{margin:0;background:var(--paper);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
  main{max-width:76rem;margin:0 auto;padding:1rem 1rem 4rem}
  h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0 1rem}
  h2{font-size:1.25rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid var(--rule)}
  h3{font-size:1rem;margin:1.5rem 0 .5rem}
  h1,h2,h3,p,li,figcaption,th{overflow-wrap:break-word}
  p,ul,ol,figcaption{max-width:46rem}
  ul,ol{padding-left:1.5rem}
  li{margin:.25rem 0}
  a{color:var(--link)}
  nav{font-size:.9rem}
  .scroll{overflow-x:auto;max-width:100%}
  .scroll+.scroll{margin-top:1.25rem}
  .scroll:focus-visible,button:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
  table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
  caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
  th,td{padding:.3rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
  td{max-width:24rem;overflow-wrap:break-word}
  .n{text-align:right;white-space:nowrap}
  th.n{text-align:right}
  thead th{white-space:normal;background:var(--strip);vertical-align:bottom}
  tbody th{position:sticky;left:0;background:var(--paper);font-weight:500;min-width:8.5rem;max-width:16rem}
  tbody tr:hover td{background:var(--strip)}
  th button{all:unset;cursor:pointer}
  th button::after{content:" ↕";color:var(--faint)}
  th[aria-sort=ascending] button::after{content:" ↑";color:inherit}
  th[aria-sort=descending] button::after{content:" ↓";color:inherit}
  strong{font-weight:700}
  figure{margin:1rem 0 2rem}
  figcaption{font-size:.875rem;color:var(--faint);margin-top:.25rem}
  .figure{display:block;width:100%;height:auto}
  section:has(>section>figure){display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,35rem),1fr));gap:0 2rem}
  section:has(>section>figure)>h2,section:has(>figure.wide),section:has(>section>figure)>section:has(>.scroll){grid-column:1/-1}
  section:has(>.scroll):has(>figure+figure){display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:0 2rem}
  section:has(>.scroll):has(>figure+figure)>:not(figure){grid-column:1/-1}
  section>section,section>.scroll,section>figure{min-width:0}
  pre{background:var(--strip);padding:.75rem 1rem;overflow-x:auto;font-size:.875rem}
  details{margin:.5rem 0}
  summary{cursor:pointer}
  .controls{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:1rem 0;padding:.5rem 0;background:var(--paper);border-bottom:1px solid var(--rule);font-size:.875rem}
  .controls label{display:inline-flex;gap:.35rem;align-items:center}
  .controls details{position:relative;margin:0}
  .controls details>div{position:absolute;z-index:3;display:grid;gap:.25rem;max-height:60vh;overflow:auto;min-width:14rem;padding:.75rem;background:var(--paper);border:1px solid var(--rule)}
  select,input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--faint);border-radius:4px;padding:.15rem .3rem;max-width:14rem}
  .filter{display:block;margin:.25rem 0 .5rem;font-size:.875rem}
  .tip{position:fixed;z-index:4;pointer-events:none;max-width:20rem;padding:.25rem .5rem;font-size:.8125rem;background:var(--text);color:var(--paper);border-radius:4px}
  [hidden]{display:none!important}
  @media (max-width:40rem){body{font-size:15px}.controls{position:static}tbody th{min-width:5rem;max-width:8rem}}
  @media print{.controls,.filter,.tip,nav{display:none}th button::after{content:none}table{font-size:.7rem}.scroll{overflow:visible}section{break-inside:auto}figure{break-inside:avoid}}

  """
