/** TypeScript on a program that stands in this folder, under the project's own options. */
import ts from "typescript";

/** An error: where, and what is displayed. */
export interface CompileError {
  readonly line: number;
  readonly text: string;
}

/** The errors of a program, and how long checking it took, with what it imports as far as it is used. */
export interface Compiled {
  readonly errors: readonly CompileError[];
  readonly seconds: number;
  /** Types that were made out of generic ones: what the time goes into, and the same on every machine. */
  readonly instantiations: number;
}

/** Check a program. `root` is the folder of the project's tsconfig.json. */
export const compile = (
  source: string,
  root = new URL("..", import.meta.url).pathname,
): Compiled => {
  const file = `${root}test/program.ts`;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile) as {
    readonly config: { readonly compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...config.compilerOptions, noUnusedLocals: false, baseUrl: root },
    root,
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([file], options, host);
  const parsed = program.getSourceFile(file)!;
  const start = performance.now();
  const found = [
    ...program.getSyntacticDiagnostics(parsed),
    ...program.getSemanticDiagnostics(parsed),
  ];
  const seconds = (performance.now() - start) / 1000;
  const errors = found.map((diagnostic) => ({
    line: parsed.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line,
    text: ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
  }));
  return { errors, seconds, instantiations: program.getInstantiationCount() };
};
