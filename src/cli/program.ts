/** The whole command line as a function of its arguments and its terminal. */
import { Command, CommanderError, Help, type Option } from "commander";
import { addCompare } from "./compare.js";
import { addCost } from "./cost.js";
import { addDemo } from "./demo.js";
import { addDoctor } from "./doctor.js";
import { addInherit } from "./inherit.js";
import { addInspect } from "./inspect.js";
import { addLaws } from "./laws.js";
import { addMerge } from "./merge.js";
import { concluding, exitCodes, type Conclude, type ExitCode } from "./outcome.js";
import { addMethods } from "./methods.js";
import { addPredict } from "./predict.js";
import { addProject } from "./project.js";
import { addReport } from "./report.js";
import type { Terminal } from "./terminal.js";
import { addTrain } from "./train.js";
import { addVerify } from "./verify.js";
import { description, version } from "./version.js";

/** Help is set no wider than this. */
const widest = 100;

/** A flag is off until it is given: its default needs no mention. */
const optionDescription = (option: Option): string =>
  new Help().optionDescription(option).replace(/ \(default: (false|\{\})\)$/, "");

/** The commands; what each comes to goes to `conclude`. */
const program = (terminal: Terminal, conclude: Conclude): Command => {
  const root = new Command("heirloom")
    .description(description)
    .version(version)
    .exitOverride()
    .configureHelp({ optionDescription })
    .configureOutput({
      writeOut: (text) => terminal.out(text.replace(/\n$/, "")),
      writeErr: (text) => terminal.say(text.replace(/\n$/, "")),
      outputError: (text) => terminal.error(text.replace(/^error: /, "").replace(/\n$/, "")),
      getOutHelpWidth: () => Math.min(widest, terminal.columns),
      getErrHelpWidth: () => Math.min(widest, terminal.columns),
    })
    .showHelpAfterError("(add --help for the options and examples)")
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 the work failed or was refused, 2 the command line is wrong.

Examples:
  $ heirloom inspect model/                     what projection would save, layer by layer
  $ heirloom inherit model/                     which techniques carry over to it
  $ heirloom train --model model/ --data photos/ --method projection -o run/
  $ heirloom merge run/model -o merged/         an ordinary model again, at no extra cost
  $ heirloom verify projected/                  the certificate of a conversion, checked again
  $ heirloom doctor                             which backends work on this machine`,
    );
  for (const add of [
    addInspect,
    addInherit,
    addProject,
    addMethods,
    addTrain,
    addCompare,
    addMerge,
    addVerify,
    addPredict,
    addReport,
    addCost,
    addLaws,
    addDoctor,
    addDemo,
  ])
    add(root, conclude);
  return root;
};

/** Run the command line on its arguments (without the interpreter and the script); its exit code. */
export const run = async (args: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = exitCodes.done;
  const conclude = concluding(terminal, (concluded) => (code = concluded));
  try {
    await program(terminal, conclude).parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
};
