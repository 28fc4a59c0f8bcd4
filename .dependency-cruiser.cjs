/**
 * The house order: a folder imports only from the folders above it in this list
 * (docs/architecture.md says what each one holds).
 */
const floors = [
  "algebra",
  "tensor",
  "model",
  "semantics",
  "transform",
  "certify",
  "compile",
  "adapt",
  "laws",
  "inherit",
  "format",
  "train",
  "compare",
  "report",
  "cli",
];

const upward = floors.slice(0, -1).map((floor, index) => ({
  name: `${floor}-imports-only-from-below`,
  severity: "error",
  from: { path: `^src/${floor}/` },
  to: {
    path: `^src/(${floors.slice(index + 1).join("|")}|index|tfjs|onnx)(/|\\.)|^src/(laws|inherit)\\.ts$`,
  },
}));

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: "^src/(index|tfjs|onnx|laws|inherit|cli/main)\\.ts$" },
      to: {},
    },
    {
      name: "no-tests-in-src",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^test/" },
    },
    ...upward,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
