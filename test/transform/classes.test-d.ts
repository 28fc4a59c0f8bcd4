/** Types of the conversions: which classes they take and give, and that shapes are kept. */
import { describe, expectTypeOf, it } from "vitest";
import type { Result } from "../../src/algebra/refusal.js";
import { float32 } from "../../src/algebra/float32.js";
import { asClass, type ModelClass, type Network } from "../../src/model/network.js";
import type { Shape } from "../../src/tensor/shape.js";
import { absorbPadding } from "../../src/transform/absorbPadding.js";
import type { Conversion } from "../../src/transform/certificate.js";
import { embed } from "../../src/transform/embed.js";
import { enlarge } from "../../src/transform/enlarge.js";
import { foldBatchNorm } from "../../src/transform/fold.js";
import { merge } from "../../src/transform/merge.js";
import { project, type Projection } from "../../src/transform/project.js";
import { recognise } from "../../src/transform/recognise.js";
import { ungroup } from "../../src/transform/ungroup.js";
import { unmerge } from "../../src/transform/unmerge.js";

type Image = readonly [32, 32, 3];
type Scores = readonly [10];
type Of<C extends ModelClass> = Network<C, Image, Scores>;
type Gives<C extends ModelClass> = Result<Conversion<C, Image, Scores, number>>;
declare const gffn: Of<"GFFN">;
declare const gcnn: Of<"GCNN">;
declare const projected: Of<"Projected">;
declare const unknown: Of<ModelClass>;

describe("project", () => {
  const convert = project(float32);
  it("takes GFFN and GCNN, keeps the shapes, and gives Projected", () => {
    expectTypeOf(convert(gcnn)).toEqualTypeOf<Result<Projection<Image, Scores, number>>>();
    expectTypeOf(convert(gffn)).toEqualTypeOf<Result<Projection<Image, Scores, number>>>();
    expectTypeOf<Projection<Image, Scores, number>["network"]>().toEqualTypeOf<Of<"Projected">>();
  });
  it("does not take a projected network, nor one whose class is not known", () => {
    // @ts-expect-error gates are there already: merge it first
    convert(projected);
    // @ts-expect-error narrow it with asClass first
    convert(unknown);
  });
});

describe("merge and unmerge", () => {
  it("merge gives GCNN, of any class, since merging twice is merging once", () => {
    expectTypeOf(merge(float32)(projected)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(merge(float32)(gcnn)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(merge(float32)(unknown)).toEqualTypeOf<Gives<"GCNN">>();
  });
  it("unmerge wants the projected network and gives its class", () => {
    expectTypeOf(unmerge(float32)(gcnn, projected)).toEqualTypeOf<Gives<"Projected">>();
    // @ts-expect-error the second network has to have gates
    unmerge(float32)(gcnn, gcnn);
  });
});

describe("embed and recognise", () => {
  it("embed takes GFFN alone and gives GCNN", () => {
    expectTypeOf(embed(float32)(gffn)).toEqualTypeOf<Gives<"GCNN">>();
    // @ts-expect-error it is GCNN already
    embed(float32)(gcnn);
    // @ts-expect-error a projected network is no GFFN network of its inputs (T3_gffn_form)
    embed(float32)(projected);
  });
  it("recognise gives GFFN", () => {
    expectTypeOf(recognise(float32)(gcnn)).toEqualTypeOf<Gives<"GFFN">>();
  });
});

describe("fold and absorb", () => {
  it("keep the class", () => {
    expectTypeOf(foldBatchNorm(float32)(gcnn)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(foldBatchNorm(float32)(projected)).toEqualTypeOf<Gives<"Projected">>();
    expectTypeOf(absorbPadding(float32)(gffn)).toEqualTypeOf<Gives<"GFFN">>();
  });
});

describe("ungroup and enlarge", () => {
  it("keep the class", () => {
    expectTypeOf(ungroup(float32)(gcnn)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(ungroup(float32)(projected)).toEqualTypeOf<Gives<"Projected">>();
    expectTypeOf(enlarge(float32)(gcnn)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(enlarge(float32)(projected)).toEqualTypeOf<Gives<"Projected">>();
    expectTypeOf(enlarge(float32)(unknown)).toEqualTypeOf<Gives<ModelClass>>();
  });
  it("show those that choose a layer with a kernel", () => {
    ungroup(float32, { choose: ({ op }) => op.groups === op.kernel.shape.length });
    enlarge(float32, { geometry: ({ op }, extents) => op.geometry.slice(extents.length) });
    // @ts-expect-error a choice is yes or no
    ungroup(float32, { choose: () => null });
  });
});

describe("asClass", () => {
  it("gives the class that it was asked for, and keeps the shapes", () => {
    expectTypeOf(asClass("Projected")(unknown)).toEqualTypeOf<Result<Of<"Projected">>>();
    expectTypeOf(asClass("GCNN")(gffn)).toEqualTypeOf<Result<Of<"GCNN">>>();
  });
});

describe("classes", () => {
  it("are told apart by the type of a network", () => {
    expectTypeOf<Of<"GCNN">>().not.toExtend<Of<"Projected">>();
    expectTypeOf<Of<"Projected">>().not.toExtend<Of<"GCNN">>();
    expectTypeOf<Of<"GFFN">>().toExtend<Network<ModelClass, Image, Scores>>();
    expectTypeOf<Network<"GCNN", Image, readonly [9]>>().not.toExtend<
      Network<"GCNN", Image, Scores>
    >();
    expectTypeOf<Of<"GCNN">>().toExtend<Network<"GCNN", Image, Shape>>();
  });
});
