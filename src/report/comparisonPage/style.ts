/**
 * What the comparison page adds. Its seven colours stand apart for the colour-blind and against both grounds by at
 * least 3 to 1; text keeps to the colours of all pages.
 */
export const comparisonStyle = `
:root{--k0:#0b62a4;--k1:#c2410c;--k2:#00795a;--k3:#9b3d8e;--k4:#806000;--k5:#0e7c8f;--k6:#59636e;
--mesh:#e6eaee;--shape:#b9cfe6}
@media (prefers-color-scheme:dark){:root{--k0:#6cb6ff;--k1:#ff9a6b;--k2:#3ddba5;--k3:#e38fd0;--k4:#d9c04a;
--k5:#5fd3e3;--k6:#aab4be;--mesh:#232a33;--shape:#2b4a6b}}
main{max-width:70rem}
body{font-size:15px}
h2{border-top:1px solid var(--line);padding-top:1.1rem;margin-top:2.4rem}
#choice+section>h2{border-top:0;margin-top:.6rem}
section{scroll-margin-top:4.2rem}
.scene>h3{margin:1rem 0 .5rem;font-weight:600}.scene h4{margin:1.2rem 0 .3rem}
.chosen .scene>h3{color:var(--quiet);font-weight:500;font-size:.9rem}
.findings{padding-left:1.1rem;max-width:50rem}.findings li{margin:.35rem 0;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:1rem 0;font-size:.9rem}
#choice{display:flex;flex-wrap:wrap;gap:.5rem 1.4rem;align-items:flex-end;padding:.6rem .1rem;background:var(--page);
border-bottom:1px solid var(--line)}
#choice[hidden]{display:none}
@media (min-width:60rem) and (min-height:40rem){#choice{position:sticky;top:0;z-index:1}}
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.15rem .2rem;min-width:0}
legend,.list span{padding:0;font-size:.78rem;color:var(--quiet)}
fieldset label{display:inline-flex;position:relative}
fieldset input{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
fieldset span{border:1px solid var(--line);border-radius:5px;padding:.15rem .55rem;font-size:.88rem;overflow-wrap:anywhere}
fieldset input:checked+span{background:var(--text);color:var(--page);border-color:var(--text)}
fieldset input:focus-visible+span{outline:2px solid var(--link);outline-offset:2px}
.list{display:flex;flex-direction:column;min-width:0}
select{font:inherit;font-size:.88rem;color:var(--text);background:var(--page);border:1px solid var(--line);
border-radius:5px;padding:.12rem .3rem;max-width:100%}
.scroll{margin:.5rem 0}
.scroll:has(>.plot){border:0}
.plot{display:block;width:100%;min-width:35rem;max-width:48rem;height:auto;font-size:12px;fill:var(--text)}
.tall{max-height:80vh;overflow:auto}.tall thead th{position:sticky;top:0;z-index:1}
.rule{stroke:var(--mesh)}.axis{stroke:var(--quiet)}.leader{stroke:var(--quiet);stroke-width:.7;opacity:.7}
.tick{fill:var(--quiet);font-size:11px}.panel{fill:var(--quiet);font-size:12px}.end{text-anchor:end}.middle{text-anchor:middle}
.name{paint-order:stroke;stroke:var(--page);stroke-width:3px;stroke-linejoin:round}
.mark{stroke:var(--page);stroke-width:1}.mark.hollow{fill:var(--page);stroke-width:1.7}
.bar{stroke-width:1.3;opacity:.65}.curve{fill:none;stroke-width:1.4}.dotted{stroke-dasharray:1.5 3;stroke-linecap:round}
.faint{stroke:var(--quiet);stroke-width:.8;opacity:.6}
.k0{color:var(--k0)}.k1{color:var(--k1)}.k2{color:var(--k2)}.k3{color:var(--k3)}.k4{color:var(--k4)}.k5{color:var(--k5)}.k6{color:var(--k6)}
.mark{fill:currentColor}.hollow,.bar{stroke:currentColor}.curve:not(.faint){stroke:currentColor}
.chosen g[data-m]:not(.lit) .curve{opacity:.5}
g.lit .name{font-weight:700}g.lit .mark{stroke:var(--text);stroke-width:1.5}g.lit .curve{stroke-width:2.6}
g.lit .bar{opacity:1;stroke-width:2}
tr.lit>*{background:var(--soft)}tbody tr.lit>th{font-weight:700;background:var(--soft)}
.glyph{vertical-align:-2px;margin-right:.4rem}
th:has(>.glyph){position:relative;padding-left:1.85rem}th>.glyph{position:absolute;left:.55rem;top:.42rem}
table{font-size:.84rem}th,td{padding:.22rem .55rem}tbody th{min-width:0;white-space:nowrap}.verdict{min-width:6rem}.refusal{min-width:14rem;overflow-wrap:anywhere}
@media (max-width:44.99rem){tbody th{white-space:normal;min-width:8.5rem}}
@media (min-width:45rem){tbody th,tbody th:has(>.glyph){position:sticky;left:0;background:var(--page)}}
td.better,td.worse{font-weight:700}td.better{color:var(--yes)}td.worse{color:var(--no)}
.upright span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;font-weight:500}
.pairs td{padding:.22rem .4rem}.pairs thead th{text-align:right}
.everything .condition th{background:var(--soft);font-weight:600}
.multiples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13.5rem),1fr));gap:1rem 1.2rem}
figure{margin:0}.small .plot{min-width:0}.small h4{margin:0 0 .15rem;font-weight:600;font-size:.85rem}
figcaption{font-size:.78rem;color:var(--quiet);line-height:1.35;overflow-wrap:anywhere}
figure.lit h4{text-decoration:underline;text-underline-offset:3px}
.scroll:has(>.confusion){width:fit-content;max-width:100%}.confusion{width:auto;font-size:.78rem}.confusion td{background:#fff;color:#14212e;text-align:right;padding:.18rem .4rem;font-variant-numeric:tabular-nums;min-width:2.4rem}
.confusion th{padding:.18rem .5rem;min-width:0;white-space:nowrap}.confusion thead th+th{text-align:right}
.confusion thead span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);font-weight:500}
.confusion .r1,.confusion .r2{background:#dcebf9;color:#14212e}.confusion .r3,.confusion .r4{background:#9cc6ec;color:#14212e}.confusion .r5{background:#2f6fb3;color:#fff}.confusion .r6{background:#174a80;color:#fff}
.confusion .w1{background:#fdf0e6;color:#2e1a0c}.confusion .w2{background:#fbdcc2;color:#2e1a0c}.confusion .w3{background:#f7c298;color:#2e1a0c}
.confusion .w4{background:#f0a066;color:#2e1a0c}.confusion .w5{background:#b9470b;color:#fff}.confusion .w6{background:#862f02;color:#fff}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.9rem 1.2rem}
.mistake{display:flex;gap:.6rem;align-items:flex-start}.mistake figcaption{min-width:0}.mistake p{margin:0}
.mistake b{color:var(--text);font-weight:600}.mistake .truth{color:var(--text)}.truth::before{content:"is ";color:var(--quiet)}
.truth+p b::before,.mistake p+p b::before{content:"not ";color:var(--quiet);font-weight:400}
img{image-rendering:pixelated;flex:none;background:var(--soft)}
.maps,.filters{display:flex;flex-wrap:wrap;gap:.9rem 1.2rem}.map{width:144px}.filter{width:5.6rem}
.map b,.filter b{color:var(--text);font-weight:600}.scale svg{vertical-align:-1px}
.silhouette{fill:var(--shape)}.spread{stroke:var(--k0);stroke-width:3.5}.centre{fill:var(--page);stroke:var(--k0);stroke-width:1.5}
.one{stroke:var(--quiet);stroke-dasharray:3 3}
.meter{display:block;height:2px;margin:.1rem 0 0 auto;background:var(--quiet);opacity:.6}
dl{max-width:50rem;margin:.4rem 0}dt{font-weight:600;margin-top:.7rem}dd{margin:.1rem 0 0}
details{margin:.6rem 0}.inner{padding-left:1rem}td code{white-space:pre-wrap;overflow-wrap:anywhere}
@media print{#choice,nav{display:none}}
`;
