/** What Heirloom keeps in a LayersModel's `userDefinedMetadata`, the place TensorFlow.js leaves to users. */
import * as t from "io-ts";
import { PreprocessingCodec } from "../preprocessing.js";

/** The codec of `userDefinedMetadata`; what other programs wrote there is left alone. */
export const HeirloomMetadata = t.partial({
  heirloom: t.type({
    name: t.string,
    preprocessing: PreprocessingCodec,
    labels: t.union([t.readonlyArray(t.string), t.null]),
  }),
});
