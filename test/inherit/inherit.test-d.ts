/** Types of techniques: where they apply, what a type says where they do not, and what users may add. */
import * as E from "fp-ts/lib/Either.js";
import { describe, expectTypeOf, it } from "vitest";
import type { ModelClass, Network, Result, Shape } from "heirloom";
import {
  applyTechnique,
  connectionPruning,
  gatePermutation,
  gcnn,
  homogeneous,
  layerLaw,
  magnitudePruning,
  memberOf,
  merging,
  embedding,
  projection,
  reluRescaling,
  scalarWeighted,
  technique,
  type Admits,
  type Applied,
  type Arrow,
  type Assumption,
  type ClassOf,
  type Inheritance,
  type Lacking,
  type LayerClass,
  type Member,
} from "heirloom/inherit";

type Image = readonly [32, 32, 3];
type Scores = readonly [10];
type Of<C extends ModelClass> = Network<C, Image, Scores>;
type Gives<C extends ModelClass> = Inheritance<Applied<number, Of<C>>>;
declare const gffnNetwork: Of<"GFFN">;
declare const gcnnNetwork: Of<"GCNN">;
declare const projectedNetwork: Of<"Projected">;
declare const anyNetwork: Of<ModelClass>;

declare module "heirloom/inherit" {
  interface Assumptions {
    readonly bounded: "bounded weights";
  }
  interface Classes {
    readonly Tied: "linear" | "scalarWeighted" | "homogeneous" | "consecutive";
    readonly Clipped: "linear" | "scalarWeighted" | "bounded";
  }
}
declare const bounded: Assumption<"bounded">;
declare const tied: LayerClass<"Tied">;

const needsBounds = technique({
  name: "clipping",
  needs: [bounded, scalarWeighted],
  does: "nothing",
  source: "this test",
  scope: "layer",
  theorems: { inherited: [], refused: [] },
  defaults: { most: 1 },
  law: layerLaw("nothing", () => E.right(null)),
  apply: (_, { network }) => E.right({ network, changes: [], figures: {}, tensors: new Map() }),
});

describe("applyTechnique", () => {
  it("takes what provides the needs, and keeps class and shapes", () => {
    const prune = applyTechnique(magnitudePruning, { share: 0.5 });
    expectTypeOf(prune(gffnNetwork)).toEqualTypeOf<Gives<"GFFN">>();
    expectTypeOf(prune(gcnnNetwork)).toEqualTypeOf<Gives<"GCNN">>();
    expectTypeOf(prune(projectedNetwork)).toEqualTypeOf<Gives<"Projected">>();
    expectTypeOf(prune(anyNetwork)).toEqualTypeOf<Gives<ModelClass>>();
    applyTechnique(reluRescaling)(anyNetwork);
  });
  it("does not take a class that lacks a need", () => {
    applyTechnique(gatePermutation)(gffnNetwork);
    applyTechnique(gatePermutation)(gcnnNetwork);
    // @ts-expect-error gate permutation needs homogeneous inputs, which Projected networks do not provide
    applyTechnique(gatePermutation)(projectedNetwork);
    // @ts-expect-error nor where the class is not known, since it may be Projected
    applyTechnique(gatePermutation)(anyNetwork);
    applyTechnique(connectionPruning)(projectedNetwork);
    // @ts-expect-error connection pruning needs one scalar per connection, which GCNN networks do not provide
    applyTechnique(connectionPruning)(gcnnNetwork);
  });
  it("knows the options of the technique", () => {
    // @ts-expect-error a share is a number
    applyTechnique(magnitudePruning, { share: "half" });
    // @ts-expect-error there is no such option
    applyTechnique(magnitudePruning, { fraction: 0.5 });
  });
});

describe("what a type says", () => {
  it("names the technique, the assumption and the class", () => {
    expectTypeOf<
      Lacking<"whitening", "homogeneous" | "scalarWeighted", "Projected">
    >().toEqualTypeOf<"whitening needs homogeneous inputs, which Projected networks do not provide">();
    expectTypeOf<
      Lacking<"connection pruning", "scalarConnections", "GCNN">
    >().toEqualTypeOf<"connection pruning needs one scalar per connection, which GCNN networks do not provide">();
    expectTypeOf<Lacking<"whitening", "homogeneous", "GFFN" | "GCNN">>().toBeNever();
  });
  it("names every class of a union that lacks it, and every need that a class lacks", () => {
    expectTypeOf<Lacking<"t", "homogeneous", "GFFN" | "Projected">>().toEqualTypeOf<
      Lacking<"t", "homogeneous", "Projected">
    >();
    expectTypeOf<Lacking<"t", "homogeneous" | "bounded", "Projected">>().toEqualTypeOf<
      | "t needs homogeneous inputs, which Projected networks do not provide"
      | "t needs bounded weights, which Projected networks do not provide"
    >();
  });
  it("is no demand where nothing is lacking", () => {
    expectTypeOf<Admits<"t", "linear", ModelClass>>().toBeUnknown();
  });
});

describe("what users add by declaration merging", () => {
  it("an assumption is a need like any other", () => {
    expectTypeOf(needsBounds.needs).toEqualTypeOf<
      readonly Assumption<"bounded" | "scalarWeighted">[]
    >();
    // @ts-expect-error clipping needs bounded weights, which GCNN networks do not provide
    applyTechnique(needsBounds)(gcnnNetwork);
  });
  it("a class is what a network was shown to be", () => {
    const narrowed = memberOf(tied);
    expectTypeOf<ClassOf<Of<"Projected"> & Member<"Tied">>>().toEqualTypeOf<"Tied">();
    expectTypeOf<ClassOf<Of<"Projected">>>().toEqualTypeOf<"Projected">();
    expectTypeOf<ClassOf<Of<"GCNN"> & Member<"GCNN">>>().toEqualTypeOf<"GCNN">();
    expectTypeOf(narrowed).toBeFunction();
    const member = projectedNetwork as Of<"Projected"> & Member<"Tied">;
    expectTypeOf(applyTechnique(gatePermutation)(member)).toEqualTypeOf<Gives<"Projected">>();
    const clipped = gcnnNetwork as Of<"GCNN"> & Member<"Clipped">;
    applyTechnique(needsBounds)(clipped);
    // @ts-expect-error gate permutation needs homogeneous inputs, which Clipped networks do not provide
    applyTechnique(gatePermutation)(clipped);
  });
});

describe("arrows and classes", () => {
  it("say from where to where", () => {
    expectTypeOf(projection).toEqualTypeOf<Arrow<"GCNN", "Projected">>();
    expectTypeOf(merging).toEqualTypeOf<Arrow<"Projected", "GCNN">>();
    expectTypeOf(embedding).toEqualTypeOf<Arrow<"GFFN", "GCNN">>();
    expectTypeOf(gcnn).toEqualTypeOf<LayerClass<"GCNN">>();
  });
  it("a class provides what its type says, and no more", () => {
    // @ts-expect-error GCNN layers have a kernel per connection
    const wrong: LayerClass<"GCNN">["provides"][number]["assumption"]["name"] = "scalarConnections";
    void wrong;
    expectTypeOf(homogeneous).toEqualTypeOf<Assumption<"homogeneous">>();
  });
  it("a network of a class of one's own keeps its type", () => {
    type Shown = Result<Network<"Projected", Shape, Shape> & Member<"Tied">>;
    expectTypeOf<Shown>().toExtend<Result<Network<"Projected">>>();
  });
});
