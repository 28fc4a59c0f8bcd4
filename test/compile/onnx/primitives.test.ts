/** Every primitive on ONNX Runtime's CPU, in standard operators and in the blocks of this machine. */
import { describe } from "vitest";
import { blockSize } from "../../../src/compile/onnx/blockSize.js";
import { succeed } from "../../generators/succeed.js";
import { blocked, plain, primitiveLaws } from "./primitiveLaws.js";

/** Without blocks, only standard operators are tested. */
const block = succeed(await blockSize());

describe.each([plain("cpu"), ...(block === null ? [] : [blocked(block)])])(
  "$name in blocks of $block",
  primitiveLaws,
);
