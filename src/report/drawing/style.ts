/** The style sheet of a drawing. The classes have Okabe and Ito's colours, which the colour-blind tell apart. */
export const style = `
svg{font:12px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.page{fill:#ffffff}.name{font-size:17px;font-weight:600}
.name,.title,.sign{fill:#1f2328}.title{font-weight:600}.scope{font-weight:400}.sign{font-size:15px}
.shape,.detail,.note,.scope{fill:#59636e}.shape,.detail{font-variant-numeric:tabular-nums}
.box{fill:#ffffff;stroke:#c8d1da}.arrow{fill:none;stroke:#8c959f;stroke-width:1.4}.head{fill:#8c959f}
.GFFN{fill:#0072b2}.GCNN{fill:#009e73}.Projected{fill:#d55e00}.plain{fill:#c8d1da}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.name,.title,.sign{fill:#e6edf3}.shape,.detail,.note,.scope{fill:#9198a1}
.box{fill:#151b23;stroke:#3d444d}.arrow{stroke:#6e7681}.head{fill:#6e7681}
.GFFN{fill:#56b4e9}.GCNN{fill:#2fc79a}.Projected{fill:#f0873c}.plain{fill:#3d444d}
}`;
