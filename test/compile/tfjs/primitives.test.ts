/** Every primitive on every bundled backend against its meaning. */
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { describe } from "vitest";
import { primitiveLaws } from "./primitiveLaws.js";

describe.each(["cpu", "wasm"])("on %s", primitiveLaws);
