/** The style sheet that pages share: colours for light and dark, type, tables that scroll in their own region. */
export const pageStyle = `
:root{--page:#ffffff;--text:#1f2328;--quiet:#59636e;--line:#d1d9e0;--soft:#f6f8fa;--link:#0b5cad;
--yes:#00684a;--no:#a33b00;--part:#775400;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--page:#0d1117;--text:#e6edf3;--quiet:#9198a1;--line:#3d444d;
--soft:#151b23;--link:#6cb6ff;--yes:#3ddba5;--no:#ff9e64;--part:#e3b341}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);
font:16px/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.2rem 0 .6rem}
h3{font-size:1.05rem;margin:0 0 .3rem}h4{font-size:.95rem;margin:0 0 .2rem}
h3,h4{overflow-wrap:anywhere}
p{max-width:48rem;margin:.3rem 0;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;font-size:.9rem;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--soft);vertical-align:bottom;font-weight:600}
thead th{white-space:nowrap}
tbody th{font-weight:500;min-width:9rem;overflow-wrap:anywhere}
.wide{min-width:15rem}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.quiet,.legend,.names{color:var(--quiet);font-size:.9rem}
summary{cursor:pointer}
pre{background:var(--soft);border-radius:6px;padding:.6rem .8rem;margin:.4rem 0;font-size:.82rem;white-space:pre-wrap;overflow-wrap:anywhere}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--soft);border-radius:4px;padding:.05em .3em;overflow-wrap:anywhere}
`;
