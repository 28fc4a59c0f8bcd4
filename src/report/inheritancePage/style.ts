/** What the inheritance page adds. Verdicts have colours that the colour-blind tell apart, and signs besides. */
export const inheritanceStyle = `
td.mark{text-align:center;padding:.4rem .3rem}thead .upright{padding:.4rem .3rem;text-align:center}.upright span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);white-space:nowrap;font-weight:500}
.inherited{color:var(--yes)}.refused{color:var(--no)}.elsewhere{color:var(--quiet)}
.badge{font-size:.8rem;font-weight:600;white-space:nowrap;border:1px solid;border-radius:999px;padding:.05rem .55rem}
.badge.accepted{color:var(--yes)}.badge.in-part{color:var(--part)}.badge.refused{color:var(--no)}
.badge.no-place{color:var(--quiet)}
.legend .mark{margin-right:1rem}
article{max-width:60rem;border:1px solid var(--line);border-radius:6px;padding:.9rem 1rem;margin:.9rem 0;scroll-margin-top:1rem}
.group{border-left:3px solid;padding:.1rem 0 .1rem .8rem;margin:.8rem 0 0}
.group>*{color:var(--text)}.group>h4{color:inherit}
`;
