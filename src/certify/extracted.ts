// Extracted from the proofs by proofs/build. Do not edit: change the proofs and run it again.
// @ts-nocheck
/* eslint-disable */
export type Option<A> = readonly ["Some", A] | readonly ["None"];
export type Prod<A, B> = readonly ["Pair", A, B];
export type List<A> = readonly ["Nil"] | readonly ["Cons", A, List<A>];
export type Cring = readonly [
  "CRing",
  unknown,
  unknown,
  (x: unknown) => (x: unknown) => unknown,
  (x: unknown) => (x: unknown) => unknown,
  (x: unknown) => (x: unknown) => unknown,
  (x: unknown) => unknown,
];
export type Activation<P, Q> = readonly ["Act", (x: Tensor<P>) => Tensor<Q>];
export type Geom<I, O> = readonly ["Geom", List<unknown>, (x: O) => (x: unknown) => Option<I>];
export type Axis = readonly ["Axis", number, number, number, number, number];
export type Instr<Op> = readonly ["Instr", Op, List<number>];
export type Frame = readonly ["Frame", List<Axis>, List<number>, number, number, number];
export type Op =
  | readonly ["Conv", Frame, KernelWeights, ChannelWeights]
  | readonly ["Proj", Frame, KernelWeights, PairWeights, ChannelWeights]
  | readonly ["Dense", number, number, PairWeights, ChannelWeights]
  | readonly ["Affine", number, ChannelWeights, ChannelWeights]
  | readonly ["Norm", number, ChannelWeights, ChannelWeights, ChannelWeights, ChannelWeights]
  | readonly ["ZeroPad", List<number>, List<number>, List<number>]
  | readonly ["Opaque", number];
export type Layer = readonly ["Layer", Op, List<number>];
export type Topic =
  | readonly ["Kind"]
  | readonly ["Geometry"]
  | readonly ["Extents"]
  | readonly ["Channels"]
  | readonly ["Sources"]
  | readonly ["Wires"]
  | readonly ["Centre"]
  | readonly ["Output"]
  | readonly ["Steps"];
export type Weight =
  | readonly ["Kernel"]
  | readonly ["Gates"]
  | readonly ["Weights"]
  | readonly ["Bias"]
  | readonly ["Scale"]
  | readonly ["Shift"]
  | readonly ["Gamma"]
  | readonly ["Beta"]
  | readonly ["Mean"]
  | readonly ["Deviation"];
export type Fault =
  | readonly ["Static", Topic]
  | readonly ["Element", Weight, Position, number, number, unknown, unknown];
export type Rule =
  | readonly ["Keep"]
  | readonly ["Unit"]
  | readonly ["Merge"]
  | readonly ["Embed", Position]
  | readonly ["Collapse", Option<Position>]
  | readonly ["Fold"]
  | readonly ["Pad"]
  | readonly ["Ungroup"]
  | readonly ["Enlarge", List<number>, List<number>];
export type Step = readonly ["Step", Rule, List<number>];
export type Tensor<P> = (x: P) => unknown;
export type Tap<I, O> = unknown;
export type Position = List<number>;
export type Links = List<Prod<number, number>>;
export type Value = (x: Position) => (x: number) => unknown;
export type KernelWeights = (x: Position) => (x: number) => (x: number) => unknown;
export type PairWeights = (x: number) => (x: number) => unknown;
export type ChannelWeights = (x: number) => unknown;
export type Verdict = Option<Fault>;

/** A natural number that the machine holds exactly. */
const exact = (n) => {
  if (!Number.isSafeInteger(n)) throw new RangeError(`beyond 2^53: ${n}`);
  return n;
};
const Beta = ["Beta"];
const Bias = ["Bias"];
const Centre = ["Centre"];
const Channels = ["Channels"];
const Deviation = ["Deviation"];
const Extents = ["Extents"];
const Gamma = ["Gamma"];
const Gates = ["Gates"];
const Geometry = ["Geometry"];
const Kernel = ["Kernel"];
const Kind = ["Kind"];
const Mean = ["Mean"];
const Nil = ["Nil"];
const None = ["None"];
const Output = ["Output"];
const Scale = ["Scale"];
const Shift = ["Shift"];
const Sources = ["Sources"];
const Steps = ["Steps"];
const Weights = ["Weights"];
const Wires = ["Wires"];
const option_map = (f, o) => {
  const on = o;
  switch (on[0]) {
    case "Some": {
      const a = on[1];
      return ["Some", f(a)];
    }
    case "None": {
      return None;
    }
    default:
      throw new Error("no such case");
  }
};
const length = (l) => {
  const on = l;
  switch (on[0]) {
    case "Nil": {
      return 0;
    }
    case "Cons": {
      const l$ = on[2];
      return exact(length(l$) + 1);
    }
    default:
      throw new Error("no such case");
  }
};
const app = (l, m) => {
  const on = l;
  switch (on[0]) {
    case "Nil": {
      return m;
    }
    case "Cons": {
      const a = on[1];
      const l1 = on[2];
      return ["Cons", a, app(l1, m)];
    }
    default:
      throw new Error("no such case");
  }
};
const pred = (n) => {
  const on = n;
  if (on === 0) {
    return n;
  } else {
    const u = on - 1;
    return u;
  }
};
const add = (x, y) => exact(x + y);
const mul = (x, y) => exact(x * y);
const sub = (x, y) => (x > y ? x - y : 0);
const mul0 = (x, y) => exact(x * y);
const eqb = (x, y) => x === y;
const leb = (x, y) => x <= y;
const ltb = (x, y) => x < y;
const div = (x, y) => (y === 0 ? 0 : Math.floor(x / y));
const hd = (default$, l) => {
  const on = l;
  switch (on[0]) {
    case "Nil": {
      return default$;
    }
    case "Cons": {
      const x = on[1];
      return x;
    }
    default:
      throw new Error("no such case");
  }
};
const nth_error = (l__, n__) => {
  for (;;) {
    const l = l__;
    const n = n__;
    const on = n;
    if (on === 0) {
      const on$ = l;
      switch (on$[0]) {
        case "Nil": {
          return None;
        }
        case "Cons": {
          const x = on$[1];
          return ["Some", x];
        }
        default:
          throw new Error("no such case");
      }
    } else {
      const n0 = on - 1;
      const on$ = l;
      switch (on$[0]) {
        case "Nil": {
          return None;
        }
        case "Cons": {
          const l0 = on$[2];
          l__ = l0;
          n__ = n0;
          continue;
        }
        default:
          throw new Error("no such case");
      }
    }
  }
};
const map = (f, l) => {
  const on = l;
  switch (on[0]) {
    case "Nil": {
      return Nil;
    }
    case "Cons": {
      const a = on[1];
      const t = on[2];
      return ["Cons", f(a), map(f, t)];
    }
    default:
      throw new Error("no such case");
  }
};
const flat_map = (f, l) => {
  const on = l;
  switch (on[0]) {
    case "Nil": {
      return Nil;
    }
    case "Cons": {
      const x = on[1];
      const t = on[2];
      return app(f(x), flat_map(f, t));
    }
    default:
      throw new Error("no such case");
  }
};
const seq = (start, len) => {
  const on = len;
  if (on === 0) {
    return Nil;
  } else {
    const len0 = on - 1;
    return ["Cons", start, seq(exact(start + 1), len0)];
  }
};
const sum = (k, l, f) => {
  return (() => {
    const sum0 = (_) => (l0) => (f0) => {
      const on = l0;
      switch (on[0]) {
        case "Nil": {
          const on$ = k;
          switch (on$[0]) {
            case "CRing": {
              const zero = on$[1];
              return zero;
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Cons": {
          const a = on[1];
          const l$ = on[2];
          return k[3](f0(a))(sum0(undefined)(l$)(f0));
        }
        default:
          throw new Error("no such case");
      }
    };
    return sum0;
  })()(undefined)(l)(f);
};
const act = (unused0, a) => {
  return a;
};
const rd = (k, x, o) => {
  const on = o;
  switch (on[0]) {
    case "Some": {
      const i = on[1];
      return x(i);
    }
    case "None": {
      const on$ = k;
      switch (on$[0]) {
        case "CRing": {
          const zero = on$[1];
          return zero;
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const conv = (k, g, f, x, p) => {
  return sum(k, g[1], (t) => k[4](f(t))(rd(k, x, g[2](p)(t))));
};
const node = (k, ks, phi, b, z) => {
  return act(k, phi)((p) => k[3](sum(k, ks, (k0) => z(k0)(p)))(b));
};
const gffn_node = (k, ks, phi, w, b, x) => {
  return node(k, ks, phi, b, (k0) => (p) => k[4](w(k0))(x(k0)(p)));
};
const gcnn_node = (k, g, ks, phi, f, b, x) => {
  return node(k, ks, phi, b, (k0) =>
    (
      (a0) => (a1) => (a2) => (a3) => (a4) =>
        conv(a0, a1, a2, a3, a4)
    )(k)(g)(f(k0))(x(k0)),
  );
};
const proj_node = (k, f, ks, phi, gam, b, x) => {
  return node(k, ks, phi, b, (k0) => (p) => k[4](gam(k0))(f(k0)(x(k0))(p)));
};
const inside = (extents__, p__) => {
  for (;;) {
    const extents = extents__;
    const p = p__;
    const on = extents;
    switch (on[0]) {
      case "Nil": {
        const on$ = p;
        switch (on$[0]) {
          case "Nil": {
            return true;
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const n = on[1];
        const extents$ = on[2];
        const on$ = p;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const i = on$[1];
            const p$ = on$[2];
            if (ltb(i, n)) {
              extents__ = extents$;
              p__ = p$;
              continue;
            } else {
              return false;
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const box = (extents) => {
  const on = extents;
  switch (on[0]) {
    case "Nil": {
      return ["Cons", Nil, Nil];
    }
    case "Cons": {
      const n = on[1];
      const extents$ = on[2];
      return flat_map((i) => map((x) => ["Cons", i, x], box(extents$)), seq(0, n));
    }
    default:
      throw new Error("no such case");
  }
};
const read_axis = (a, o, t) => {
  const reached = add(mul(o, a[2]), mul(t, a[3]));
  if (leb(a[4], reached)) {
    return ["Some", sub(reached, a[4])];
  } else {
    return None;
  }
};
const read = (axes, o, t) => {
  const on = axes;
  switch (on[0]) {
    case "Nil": {
      const on$ = o;
      switch (on$[0]) {
        case "Nil": {
          const on$$ = t;
          switch (on$$[0]) {
            case "Nil": {
              return ["Some", Nil];
            }
            case "Cons": {
              return None;
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Cons": {
          return None;
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Cons": {
      const a = on[1];
      const axes$ = on[2];
      const on$ = o;
      switch (on$[0]) {
        case "Nil": {
          return None;
        }
        case "Cons": {
          const i = on$[1];
          const o$ = on$[2];
          const on$$ = t;
          switch (on$$[0]) {
            case "Nil": {
              return None;
            }
            case "Cons": {
              const u = on$$[1];
              const t$ = on$$[2];
              const on$$$ = read_axis(a, i, u);
              switch (on$$$[0]) {
                case "Some": {
                  const r = on$$$[1];
                  const on$$$$ = read(axes$, o$, t$);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const rest = on$$$$[1];
                      return ["Some", ["Cons", r, rest]];
                    }
                    case "None": {
                      return None;
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                case "None": {
                  return None;
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const taps_of = (axes) => {
  return box(map((a) => a[1], axes));
};
const window = (extents, axes) => {
  return [
    "Geom",
    ((a0) => taps_of(a0))(axes),
    (o) => (t) => {
      const on = read(axes, o, t);
      switch (on[0]) {
        case "Some": {
          const r = on[1];
          if (inside(extents, r)) {
            return ["Some", r];
          } else {
            return None;
          }
        }
        case "None": {
          return None;
        }
        default:
          throw new Error("no such case");
      }
    },
  ];
};
const all_below = (n__, i__, f) => {
  for (;;) {
    const n = n__;
    const i = i__;
    const on = n;
    if (on === 0) {
      return true;
    } else {
      const n$ = on - 1;
      if (f(i)) {
        n__ = n$;
        i__ = exact(i + 1);
        continue;
      } else {
        return false;
      }
    }
  }
};
const is_centre = (axes__, centre__) => {
  for (;;) {
    const axes = axes__;
    const centre = centre__;
    const on = axes;
    switch (on[0]) {
      case "Nil": {
        const on$ = centre;
        switch (on$[0]) {
          case "Nil": {
            return true;
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const a = on[1];
        const axes$ = on[2];
        const on$ = centre;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const c = on$[1];
            const centre$ = on$[2];
            if (
              (eqb(a[2], exact(0 + 1)) ? ltb(c, a[1]) : false) ? eqb(a[4], mul(c, a[3])) : false
            ) {
              axes__ = axes$;
              centre__ = centre$;
              continue;
            } else {
              return false;
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const own = (axes__, extents__, t__) => {
  for (;;) {
    const axes = axes__;
    const extents = extents__;
    const t = t__;
    const on = axes;
    switch (on[0]) {
      case "Nil": {
        const on$ = extents;
        switch (on$[0]) {
          case "Nil": {
            const on$$ = t;
            switch (on$$[0]) {
              case "Nil": {
                return true;
              }
              case "Cons": {
                return false;
              }
              default:
                throw new Error("no such case");
            }
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const a = on[1];
        const axes$ = on[2];
        const on$ = extents;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const n = on$[1];
            const extents$ = on$[2];
            const on$$ = t;
            switch (on$$[0]) {
              case "Nil": {
                return false;
              }
              case "Cons": {
                const u = on$$[1];
                const t$ = on$$[2];
                if (all_below(n, 0, (o) => eqb(add(mul(o, a[2]), mul(u, a[3])), add(o, a[4])))) {
                  axes__ = axes$;
                  extents__ = extents$;
                  t__ = t$;
                  continue;
                } else {
                  return false;
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const dead = (axes__, extents__, t__) => {
  for (;;) {
    const axes = axes__;
    const extents = extents__;
    const t = t__;
    const on = axes;
    switch (on[0]) {
      case "Nil": {
        return false;
      }
      case "Cons": {
        const a = on[1];
        const axes$ = on[2];
        const on$ = extents;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const n = on$[1];
            const extents$ = on$[2];
            const on$$ = t;
            switch (on$$[0]) {
              case "Nil": {
                return false;
              }
              case "Cons": {
                const u = on$$[1];
                const t$ = on$$[2];
                if (
                  all_below(n, 0, (o) => {
                    const reached = add(mul(o, a[2]), mul(u, a[3]));
                    if (ltb(reached, a[4])) {
                      return true;
                    } else {
                      return leb(add(a[4], n), reached);
                    }
                  })
                ) {
                  return true;
                } else {
                  axes__ = axes$;
                  extents__ = extents$;
                  t__ = t$;
                  continue;
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const shift_back = (before, p) => {
  const on = before;
  switch (on[0]) {
    case "Nil": {
      const on$ = p;
      switch (on$[0]) {
        case "Nil": {
          return ["Some", Nil];
        }
        case "Cons": {
          return None;
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Cons": {
      const l = on[1];
      const before$ = on[2];
      const on$ = p;
      switch (on$[0]) {
        case "Nil": {
          return None;
        }
        case "Cons": {
          const i = on$[1];
          const p$ = on$[2];
          if (leb(l, i)) {
            return option_map((x) => ["Cons", sub(i, l), x], shift_back(before$, p$));
          } else {
            return None;
          }
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const zero_pad = (k, extents, before, x, p) => {
  const on = shift_back(before, p);
  switch (on[0]) {
    case "Some": {
      const q = on[1];
      if (inside(extents, q)) {
        return x(q);
      } else {
        const on$ = k;
        switch (on$[0]) {
          case "CRing": {
            const zero = on$[1];
            return zero;
          }
          default:
            throw new Error("no such case");
        }
      }
    }
    case "None": {
      const on$ = k;
      switch (on$[0]) {
        case "CRing": {
          const zero = on$[1];
          return zero;
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const padded_extents = (padded__, extents__, before__, after__) => {
  for (;;) {
    const padded = padded__;
    const extents = extents__;
    const before = before__;
    const after = after__;
    const on = padded;
    switch (on[0]) {
      case "Nil": {
        const on$ = extents;
        switch (on$[0]) {
          case "Nil": {
            const on$$ = before;
            switch (on$$[0]) {
              case "Nil": {
                const on$$$ = after;
                switch (on$$$[0]) {
                  case "Nil": {
                    return true;
                  }
                  case "Cons": {
                    return false;
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              case "Cons": {
                return false;
              }
              default:
                throw new Error("no such case");
            }
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const m = on[1];
        const padded$ = on[2];
        const on$ = extents;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const n = on$[1];
            const extents$ = on$[2];
            const on$$ = before;
            switch (on$$[0]) {
              case "Nil": {
                return false;
              }
              case "Cons": {
                const l = on$$[1];
                const before$ = on$$[2];
                const on$$$ = after;
                switch (on$$$[0]) {
                  case "Nil": {
                    return false;
                  }
                  case "Cons": {
                    const h = on$$$[1];
                    const after$ = on$$$[2];
                    if (eqb(m, add(add(n, l), h))) {
                      padded__ = padded$;
                      extents__ = extents$;
                      before__ = before$;
                      after__ = after$;
                      continue;
                    } else {
                      return false;
                    }
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const padded_axes = (padded__, axes__, before__, after__) => {
  for (;;) {
    const padded = padded__;
    const axes = axes__;
    const before = before__;
    const after = after__;
    const on = padded;
    switch (on[0]) {
      case "Nil": {
        const on$ = axes;
        switch (on$[0]) {
          case "Nil": {
            const on$$ = before;
            switch (on$$[0]) {
              case "Nil": {
                const on$$$ = after;
                switch (on$$$[0]) {
                  case "Nil": {
                    return true;
                  }
                  case "Cons": {
                    return false;
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              case "Cons": {
                return false;
              }
              default:
                throw new Error("no such case");
            }
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const a$ = on[1];
        const padded$ = on[2];
        const on$ = axes;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const a = on$[1];
            const axes$ = on$[2];
            const on$$ = before;
            switch (on$$[0]) {
              case "Nil": {
                return false;
              }
              case "Cons": {
                const l = on$$[1];
                const before$ = on$$[2];
                const on$$$ = after;
                switch (on$$$[0]) {
                  case "Nil": {
                    return false;
                  }
                  case "Cons": {
                    const h = on$$$[1];
                    const after$ = on$$$[2];
                    if (
                      (
                        ((eqb(a$[1], a[1]) ? eqb(a$[2], a[2]) : false) ? eqb(a$[3], a[3]) : false)
                          ? eqb(a$[4], add(a[4], l))
                          : false
                      )
                        ? eqb(a$[5], add(a[5], h))
                        : false
                    ) {
                      padded__ = padded$;
                      axes__ = axes$;
                      before__ = before$;
                      after__ = after$;
                      continue;
                    } else {
                      return false;
                    }
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const enlarged = (large__, small__, offset__, factor__) => {
  for (;;) {
    const large = large__;
    const small = small__;
    const offset = offset__;
    const factor = factor__;
    const on = large;
    switch (on[0]) {
      case "Nil": {
        const on$ = small;
        switch (on$[0]) {
          case "Nil": {
            const on$$ = offset;
            switch (on$$[0]) {
              case "Nil": {
                const on$$$ = factor;
                switch (on$$$[0]) {
                  case "Nil": {
                    return true;
                  }
                  case "Cons": {
                    return false;
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              case "Cons": {
                return false;
              }
              default:
                throw new Error("no such case");
            }
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const a$ = on[1];
        const large$ = on[2];
        const on$ = small;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const a = on$[1];
            const small$ = on$[2];
            const on$$ = offset;
            switch (on$$[0]) {
              case "Nil": {
                return false;
              }
              case "Cons": {
                const o = on$$[1];
                const offset$ = on$$[2];
                const on$$$ = factor;
                switch (on$$$[0]) {
                  case "Nil": {
                    return false;
                  }
                  case "Cons": {
                    const f = on$$$[1];
                    const factor$ = on$$$[2];
                    if (
                      (
                        (
                          (
                            (eqb(a$[2], a[2]) ? eqb(a[3], mul(a$[3], f)) : false)
                              ? eqb(a$[4], add(a[4], mul(o, a$[3])))
                              : false
                          )
                            ? leb(exact(0 + 1), f)
                            : false
                        )
                          ? leb(exact(0 + 1), a[1])
                          : false
                      )
                        ? ltb(add(o, mul(sub(a[1], exact(0 + 1)), f)), a$[1])
                        : false
                    ) {
                      large__ = large$;
                      small__ = small$;
                      offset__ = offset$;
                      factor__ = factor$;
                      continue;
                    } else {
                      return false;
                    }
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const tap_back = (small, offset, factor, u) => {
  const on = small;
  switch (on[0]) {
    case "Nil": {
      const on$ = offset;
      switch (on$[0]) {
        case "Nil": {
          const on$$ = factor;
          switch (on$$[0]) {
            case "Nil": {
              const on$$$ = u;
              switch (on$$$[0]) {
                case "Nil": {
                  return ["Some", Nil];
                }
                case "Cons": {
                  return None;
                }
                default:
                  throw new Error("no such case");
              }
            }
            case "Cons": {
              return None;
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Cons": {
          return None;
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Cons": {
      const a = on[1];
      const small$ = on[2];
      const on$ = offset;
      switch (on$[0]) {
        case "Nil": {
          return None;
        }
        case "Cons": {
          const o = on$[1];
          const offset$ = on$[2];
          const on$$ = factor;
          switch (on$$[0]) {
            case "Nil": {
              return None;
            }
            case "Cons": {
              const f = on$$[1];
              const factor$ = on$$[2];
              const on$$$ = u;
              switch (on$$$[0]) {
                case "Nil": {
                  return None;
                }
                case "Cons": {
                  const v = on$$$[1];
                  const u$ = on$$$[2];
                  const t = div(sub(v, o), f);
                  if ((leb(o, v) ? eqb(add(o, mul(t, f)), v) : false) ? ltb(t, a[1]) : false) {
                    return option_map(
                      (x) => ["Cons", t, x],
                      tap_back(small$, offset$, factor$, u$),
                    );
                  } else {
                    return None;
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const nothing = (k, unused1, unused2) => {
  const on = k;
  switch (on[0]) {
    case "CRing": {
      const zero = on[1];
      return zero;
    }
    default:
      throw new Error("no such case");
  }
};
const first_input = (f, j) => {
  return mul0(div(j, div(f[5], f[3])), f[4]);
};
const identity = (unused0, x) => {
  return x;
};
const below = (k, n, x, p, j) => {
  if (ltb(j, n)) {
    return x(p)(j);
  } else {
    const on = k;
    switch (on[0]) {
      case "CRing": {
        const zero = on[1];
        return zero;
      }
      default:
        throw new Error("no such case");
    }
  }
};
const masked = (k, extents, x, p, j) => {
  if (inside(extents, p)) {
    return x(p)(j);
  } else {
    const on = k;
    switch (on[0]) {
      case "CRing": {
        const zero = on[1];
        return zero;
      }
      default:
        throw new Error("no such case");
    }
  }
};
const first_of = (k, xs) => {
  return hd(
    (
      (a0) => (a1) => (a2) =>
        nothing(a0, a1, a2)
    )(k),
    xs,
  );
};
const channel = (unused0, x, j, p) => {
  return x(p)(j);
};
const sem = (k, opaque, o, xs) => {
  const x = first_of(k, xs);
  const on = o;
  switch (on[0]) {
    case "Conv": {
      const f = on[1];
      const f0 = on[2];
      const b = on[3];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          below(a0, a1, a2, a3, a4)
      )(k)(f[5])(
        (p) => (j) =>
          gcnn_node(
            k,
            window(f[2], f[1]),
            seq(0, f[4]),
            (
              (a0) => (a1) =>
                identity(a0, a1)
            )(k),
            (k0) => (t) => f0(t)(k0)(j),
            b(j),
            (k0) =>
              (
                (a0) => (a1) => (a2) => (a3) =>
                  channel(a0, a1, a2, a3)
              )(k)(x)(add(first_input(f, j), k0)),
          )(p),
      );
    }
    case "Proj": {
      const f = on[1];
      const f0 = on[2];
      const g = on[3];
      const b = on[4];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          below(a0, a1, a2, a3, a4)
      )(k)(f[5])(
        (p) => (j) =>
          proj_node(
            k,
            (k0) =>
              (
                (a0) => (a1) => (a2) => (a3) => (a4) =>
                  conv(a0, a1, a2, a3, a4)
              )(k)(window(f[2], f[1]))((t) => f0(t)(k0)(j)),
            seq(0, f[4]),
            (
              (a0) => (a1) =>
                identity(a0, a1)
            )(k),
            (k0) => g(k0)(j),
            b(j),
            (k0) =>
              (
                (a0) => (a1) => (a2) => (a3) =>
                  channel(a0, a1, a2, a3)
              )(k)(x)(add(first_input(f, j), k0)),
          )(p),
      );
    }
    case "Dense": {
      const n = on[1];
      const m = on[2];
      const w = on[3];
      const b = on[4];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          below(a0, a1, a2, a3, a4)
      )(k)(m)(
        (p) => (j) =>
          gffn_node(
            k,
            seq(0, n),
            (
              (a0) => (a1) =>
                identity(a0, a1)
            )(k),
            (k0) => w(k0)(j),
            b(j),
            (
              (a0) => (a1) => (a2) => (a3) =>
                channel(a0, a1, a2, a3)
            )(k)(x),
          )(p),
      );
    }
    case "Affine": {
      const m = on[1];
      const s = on[2];
      const t = on[3];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          below(a0, a1, a2, a3, a4)
      )(k)(m)((p) => (j) => k[3](k[4](s(j))(x(p)(j)))(t(j)));
    }
    case "Norm": {
      const m = on[1];
      const gamma = on[2];
      const beta = on[3];
      const mean = on[4];
      const inverse = on[5];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          below(a0, a1, a2, a3, a4)
      )(k)(m)(
        (p) => (j) => k[3](k[4](gamma(j))(k[4](k[5](x(p)(j))(mean(j)))(inverse(j))))(beta(j)),
      );
    }
    case "ZeroPad": {
      const extents = on[1];
      const before = on[2];
      return (p) => (j) =>
        zero_pad(
          k,
          extents,
          before,
          (
            (a0) => (a1) => (a2) => (a3) =>
              channel(a0, a1, a2, a3)
          )(k)(x)(j),
          p,
        );
    }
    case "Opaque": {
      const id = on[1];
      return opaque(id)(xs);
    }
    default:
      throw new Error("no such case");
  }
};
const exec = (k, opaque, l, xs) => {
  return (
    (a0) => (a1) => (a2) => (a3) => (a4) =>
      masked(a0, a1, a2, a3, a4)
  )(k)(l[2])(sem(k, opaque, l[1], xs));
};
const need = (unused0, b, what) => {
  if (b) {
    return None;
  } else {
    return ["Some", ["Static", what]];
  }
};
const each = (unused0, n__, i__, f) => {
  for (;;) {
    const n = n__;
    const i = i__;
    const on = n;
    if (on === 0) {
      return None;
    } else {
      const n$ = on - 1;
      const on$ = f(i);
      switch (on$[0]) {
        case "Some": {
          const fault0 = on$[1];
          return ["Some", fault0];
        }
        case "None": {
          n__ = n$;
          i__ = exact(i + 1);
          continue;
        }
        default:
          throw new Error("no such case");
      }
    }
  }
};
const each_tap = (unused0, taps__, f) => {
  for (;;) {
    const taps = taps__;
    const on = taps;
    switch (on[0]) {
      case "Nil": {
        return None;
      }
      case "Cons": {
        const t = on[1];
        const taps$ = on[2];
        const on$ = f(t);
        switch (on$[0]) {
          case "Some": {
            const fault0 = on$[1];
            return ["Some", fault0];
          }
          case "None": {
            taps__ = taps$;
            continue;
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const cells = (k, test, which, t, k0, n, found, expected) => {
  return each(k, n, 0, (j) => {
    const a = found(j);
    const e = expected(j);
    if (test(a)(e)) {
      return None;
    } else {
      return ["Some", ["Element", which, t, k0, j, a, e]];
    }
  });
};
const pairs = (k, test, which, t, n, m, found, expected) => {
  return each(k, n, 0, (k0) => cells(k, test, which, t, k0, m, found(k0), expected(k0)));
};
const kernels = (k, test, f, found, expected) => {
  return each_tap(k, taps_of(f[1]), (t) =>
    pairs(k, test, Kernel, t, f[4], f[5], found(t), expected(t)),
  );
};
const same_numbers = (a__, b__) => {
  for (;;) {
    const a = a__;
    const b = b__;
    const on = a;
    switch (on[0]) {
      case "Nil": {
        const on$ = b;
        switch (on$[0]) {
          case "Nil": {
            return true;
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const x = on[1];
        const a$ = on[2];
        const on$ = b;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const y = on$[1];
            const b$ = on$[2];
            if (eqb(x, y)) {
              a__ = a$;
              b__ = b$;
              continue;
            } else {
              return false;
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const same_axis = (a, b) => {
  if (
    ((eqb(a[1], b[1]) ? eqb(a[2], b[2]) : false) ? eqb(a[3], b[3]) : false)
      ? eqb(a[4], b[4])
      : false
  ) {
    return eqb(a[5], b[5]);
  } else {
    return false;
  }
};
const same_axes = (a__, b__) => {
  for (;;) {
    const a = a__;
    const b = b__;
    const on = a;
    switch (on[0]) {
      case "Nil": {
        const on$ = b;
        switch (on$[0]) {
          case "Nil": {
            return true;
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const x = on[1];
        const a$ = on[2];
        const on$ = b;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const y = on$[1];
            const b$ = on$[2];
            if (same_axis(x, y)) {
              a__ = a$;
              b__ = b$;
              continue;
            } else {
              return false;
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const same_channels = (f, f$) => {
  if (eqb(f[3], f$[3]) ? eqb(f[4], f$[4]) : false) {
    return eqb(f[5], f$[5]);
  } else {
    return false;
  }
};
const frames = (k, f, f$) => {
  const on = need(k, same_axes(f[1], f$[1]), Geometry);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = need(k, same_numbers(f[2], f$[2]), Extents);
      switch (on$[0]) {
        case "Some": {
          const fault0 = on$[1];
          return ["Some", fault0];
        }
        case "None": {
          return need(k, same_channels(f, f$), Channels);
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const none_at = (k, unused1, unused2) => {
  const on = k;
  switch (on[0]) {
    case "CRing": {
      const zero = on[1];
      return zero;
    }
    default:
      throw new Error("no such case");
  }
};
const ones = (k, unused1, unused2) => {
  const on = k;
  switch (on[0]) {
    case "CRing": {
      const one = on[2];
      return one;
    }
    default:
      throw new Error("no such case");
  }
};
const kind = (unused0) => {
  return ["Some", ["Static", Kind]];
};
const biases = (k, same, found, expected, m) => {
  return cells(k, same, Bias, Nil, 0, m, found, expected);
};
const keep = (k, same, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(k, same, f, f$0, f0);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return biases(k, same, b$, b, f[5]);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      const f$ = on[1];
      const f$0 = on[2];
      const g$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          const f = on$[1];
          const f0 = on$[2];
          const g = on$[3];
          const b = on$[4];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(k, same, f, f$0, f0);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = pairs(k, same, Gates, Nil, f[4], f[5], g$, g);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return biases(k, same, b$, b, f[5]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Dense": {
      const n$ = on[1];
      const m$ = on[2];
      const w$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          const n = on$[1];
          const m = on$[2];
          const w = on$[3];
          const b = on$[4];
          const on$$ = need(k, eqb(n$, n) ? eqb(m$, m) : false, Channels);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = pairs(k, same, Weights, Nil, n, m, w$, w);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return biases(k, same, b$, b, m);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Affine": {
      const m$ = on[1];
      const s$ = on[2];
      const t$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          const m = on$[1];
          const s = on$[2];
          const t = on$[3];
          const on$$ = need(k, eqb(m$, m), Channels);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = cells(k, same, Scale, Nil, 0, m, s$, s);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return cells(k, same, Shift, Nil, 0, m, t$, t);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Norm": {
      const m$ = on[1];
      const c$ = on[2];
      const b$ = on[3];
      const a$ = on[4];
      const v$ = on[5];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          const m = on$[1];
          const c = on$[2];
          const b = on$[3];
          const a = on$[4];
          const v = on$[5];
          const on$$ = need(k, eqb(m$, m), Channels);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = cells(k, same, Gamma, Nil, 0, m, c$, c);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = cells(k, same, Beta, Nil, 0, m, b$, b);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      const on$$$$$ = cells(k, same, Mean, Nil, 0, m, a$, a);
                      switch (on$$$$$[0]) {
                        case "Some": {
                          const fault0 = on$$$$$[1];
                          return ["Some", fault0];
                        }
                        case "None": {
                          return cells(k, same, Deviation, Nil, 0, m, v$, v);
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "ZeroPad": {
      const e$ = on[1];
      const l$ = on[2];
      const h$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          const e = on$[1];
          const l = on$[2];
          const h = on$[3];
          return need(
            k,
            (same_numbers(e$, e) ? same_numbers(l$, l) : false) ? same_numbers(h$, h) : false,
            Geometry,
          );
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Opaque": {
      const i$ = on[1];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          const i = on$[1];
          return need(k, eqb(i$, i), Kind);
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const unit = (k, same, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      return kind(k);
    }
    case "Proj": {
      const f$ = on[1];
      const f$0 = on[2];
      const g$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(k, same, f, f$0, f0);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = pairs(
                    k,
                    same,
                    Gates,
                    Nil,
                    f[4],
                    f[5],
                    g$,
                    (
                      (a0) => (a1) => (a2) =>
                        ones(a0, a1, a2)
                    )(k),
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return biases(k, same, b$, b, f[5]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const gated = (k, g, f, t) => {
  const ft = f(t);
  return (k0) => {
    const gk = g(k0);
    const ftk = ft(k0);
    return (j) => k[4](gk(j))(ftk(j));
  };
};
const merge = (k, same, near, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          const f = on$[1];
          const f0 = on$[2];
          const g = on$[3];
          const b = on$[4];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(
                k,
                near,
                f,
                f$0,
                (
                  (a0) => (a1) => (a2) => (a3) =>
                    gated(a0, a1, a2, a3)
                )(k)(g)(f0),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return biases(k, same, b$, b, f[5]);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      return kind(k);
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const at_tap = (k, c, w, t) => {
  if (same_numbers(t, c)) {
    return w;
  } else {
    return (
      (a0) => (a1) => (a2) =>
        none_at(a0, a1, a2)
    )(k);
  }
};
const starts_at_zero = (f) => {
  return all_below(f[5], 0, (j) => eqb(first_input(f, j), 0));
};
const embed = (k, same, centre, extents, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          const n = on$[1];
          const m = on$[2];
          const w = on$[3];
          const b = on$[4];
          const on$$ = need(
            k,
            (eqb(f$[4], n) ? eqb(f$[5], m) : false) ? starts_at_zero(f$) : false,
            Channels,
          );
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = need(k, same_numbers(f$[2], extents), Extents);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = need(
                    k,
                    eqb(length(f$[1]), length(extents)) ? is_centre(f$[1], centre) : false,
                    Centre,
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      const on$$$$$ = kernels(
                        k,
                        same,
                        f$,
                        f$0,
                        (
                          (a0) => (a1) => (a2) => (a3) =>
                            at_tap(a0, a1, a2, a3)
                        )(k)(centre)(w),
                      );
                      switch (on$$$$$[0]) {
                        case "Some": {
                          const fault0 = on$$$$$[1];
                          return ["Some", fault0];
                        }
                        case "None": {
                          return biases(k, same, b$, b, m);
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      return kind(k);
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const in_group = (f, j, n) => {
  const first = first_input(f, j);
  if (leb(first, n)) {
    return ltb(n, add(first, f[4]));
  } else {
    return false;
  }
};
const spread_pairs = (k, f, w, n, j) => {
  if (in_group(f, j, n)) {
    return w(sub(n, first_input(f, j)))(j);
  } else {
    const on = k;
    switch (on[0]) {
      case "CRing": {
        const zero = on[1];
        return zero;
      }
      default:
        throw new Error("no such case");
    }
  }
};
const spread = (k, f, f0, t) => {
  return (
    (a0) => (a1) => (a2) => (a3) => (a4) =>
      spread_pairs(a0, a1, a2, a3, a4)
  )(k)(f)(f0(t));
};
const reads_below = (f, n) => {
  return all_below(f[5], 0, (j) => leb(add(first_input(f, j), f[4]), n));
};
const is_tap = (t, centre) => {
  const on = centre;
  switch (on[0]) {
    case "Some": {
      const c = on[1];
      return same_numbers(t, c);
    }
    case "None": {
      return false;
    }
    default:
      throw new Error("no such case");
  }
};
const at_centre = (k, f, centre, f0) => {
  const on = centre;
  switch (on[0]) {
    case "Some": {
      const c = on[1];
      return (
        (a0) => (a1) => (a2) => (a3) => (a4) =>
          spread_pairs(a0, a1, a2, a3, a4)
      )(k)(f)(f0(c));
    }
    case "None": {
      return (
        (a0) => (a1) => (a2) =>
          none_at(a0, a1, a2)
      )(k);
    }
    default:
      throw new Error("no such case");
  }
};
const collapse = (k, same, centre, extents, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      return kind(k);
    }
    case "Proj": {
      return kind(k);
    }
    case "Dense": {
      const n = on[1];
      const m = on[2];
      const w$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = need(k, eqb(f[5], m) ? reads_below(f, n) : false, Channels);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = need(k, same_numbers(f[2], extents), Extents);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = need(
                    k,
                    (() => {
                      const on$$$$ = centre;
                      switch (on$$$$[0]) {
                        case "Some": {
                          const c = on$$$$[1];
                          if (
                            inside(
                              map((a) => a[1], f[1]),
                              c,
                            )
                          ) {
                            return own(f[1], extents, c);
                          } else {
                            return false;
                          }
                        }
                        case "None": {
                          return true;
                        }
                        default:
                          throw new Error("no such case");
                      }
                    })(),
                    Centre,
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      const on$$$$$ = each_tap(k, taps_of(f[1]), (t) =>
                        is_tap(t, centre)
                          ? None
                          : dead(f[1], extents, t)
                            ? None
                            : pairs(
                                k,
                                same,
                                Kernel,
                                t,
                                f[4],
                                m,
                                f0(t),
                                (
                                  (a0) => (a1) => (a2) =>
                                    none_at(a0, a1, a2)
                                )(k),
                              ),
                      );
                      switch (on$$$$$[0]) {
                        case "Some": {
                          const fault0 = on$$$$$[1];
                          return ["Some", fault0];
                        }
                        case "None": {
                          const on$$$$$$ = pairs(
                            k,
                            same,
                            Weights,
                            Nil,
                            n,
                            m,
                            w$,
                            at_centre(k, f, centre, f0),
                          );
                          switch (on$$$$$$[0]) {
                            case "Some": {
                              const fault0 = on$$$$$$[1];
                              return ["Some", fault0];
                            }
                            case "None": {
                              return biases(k, same, b$, b, m);
                            }
                            default:
                              throw new Error("no such case");
                          }
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const ungrouped = (k, f$, f) => {
  const on = need(k, same_axes(f$[1], f[1]), Geometry);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = need(k, same_numbers(f$[2], f[2]), Extents);
      switch (on$[0]) {
        case "Some": {
          const fault0 = on$[1];
          return ["Some", fault0];
        }
        case "None": {
          return need(
            k,
            (eqb(f$[5], f[5]) ? starts_at_zero(f$) : false) ? reads_below(f, f$[4]) : false,
            Channels,
          );
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const ungroup = (k, same, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = ungrouped(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(
                k,
                same,
                f$,
                f$0,
                (
                  (a0) => (a1) => (a2) => (a3) =>
                    spread(a0, a1, a2, a3)
                )(k)(f)(f0),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return biases(k, same, b$, b, f[5]);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      const f$ = on[1];
      const f$0 = on[2];
      const g$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          const f = on$[1];
          const f0 = on$[2];
          const g = on$[3];
          const b = on$[4];
          const on$$ = ungrouped(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(
                k,
                same,
                f$,
                f$0,
                (
                  (a0) => (a1) => (a2) => (a3) =>
                    spread(a0, a1, a2, a3)
                )(k)(f)(f0),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = pairs(
                    k,
                    same,
                    Gates,
                    Nil,
                    f[4],
                    f[5],
                    (k0) => (j) => g$(add(first_input(f, j), k0))(j),
                    g,
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return biases(k, same, b$, b, f[5]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const laid = (k, f, offset, factor, f0, u) => {
  const on = tap_back(f[1], offset, factor, u);
  switch (on[0]) {
    case "Some": {
      const t = on[1];
      return f0(t);
    }
    case "None": {
      return (
        (a0) => (a1) => (a2) =>
          none_at(a0, a1, a2)
      )(k);
    }
    default:
      throw new Error("no such case");
  }
};
const enlarged_frame = (k, offset, factor, f$, f) => {
  const on = need(k, enlarged(f$[1], f[1], offset, factor), Geometry);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = need(k, same_numbers(f$[2], f[2]), Extents);
      switch (on$[0]) {
        case "Some": {
          const fault0 = on$[1];
          return ["Some", fault0];
        }
        case "None": {
          return need(k, same_channels(f$, f), Channels);
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const enlarge = (k, same, offset, factor, target, source) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = enlarged_frame(k, offset, factor, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(
                k,
                same,
                f$,
                f$0,
                (
                  (a0) => (a1) => (a2) => (a3) => (a4) => (a5) =>
                    laid(a0, a1, a2, a3, a4, a5)
                )(k)(f)(offset)(factor)(f0),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return biases(k, same, b$, b, f[5]);
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      const f$ = on[1];
      const f$0 = on[2];
      const g$ = on[3];
      const b$ = on[4];
      const on$ = source;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          const f = on$[1];
          const f0 = on$[2];
          const g = on$[3];
          const b = on$[4];
          const on$$ = enlarged_frame(k, offset, factor, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = kernels(
                k,
                same,
                f$,
                f$0,
                (
                  (a0) => (a1) => (a2) => (a3) => (a4) => (a5) =>
                    laid(a0, a1, a2, a3, a4, a5)
                )(k)(f)(offset)(factor)(f0),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = pairs(k, same, Gates, Nil, f[4], f[5], g$, g);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return biases(k, same, b$, b, f[5]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const map_scale = (k, map0) => {
  const on = map0;
  switch (on[0]) {
    case "Conv": {
      return None;
    }
    case "Proj": {
      return None;
    }
    case "Dense": {
      return None;
    }
    case "Affine": {
      const m = on[1];
      const s = on[2];
      return ["Some", ["Pair", m, s]];
    }
    case "Norm": {
      const m = on[1];
      const gamma = on[2];
      const inverse = on[5];
      return ["Some", ["Pair", m, (j) => k[4](gamma(j))(inverse(j))]];
    }
    case "ZeroPad": {
      return None;
    }
    case "Opaque": {
      return None;
    }
    default:
      throw new Error("no such case");
  }
};
const map_shift = (k, map0) => {
  const on = map0;
  switch (on[0]) {
    case "Conv": {
      return (_) => k[1];
    }
    case "Proj": {
      return (_) => k[1];
    }
    case "Dense": {
      return (_) => k[1];
    }
    case "Affine": {
      const t = on[3];
      return t;
    }
    case "Norm": {
      const gamma = on[2];
      const beta = on[3];
      const mean = on[4];
      const inverse = on[5];
      return (j) => k[5](beta(j))(k[4](mean(j))(k[4](gamma(j))(inverse(j))));
    }
    case "ZeroPad": {
      return (_) => k[1];
    }
    case "Opaque": {
      return (_) => k[1];
    }
    default:
      throw new Error("no such case");
  }
};
const scaled_pairs = (k, s, w, k0) => {
  const wk = w(k0);
  return (j) => k[4](s(j))(wk(j));
};
const scaled = (k, s, f, t) => {
  return (
    (a0) => (a1) => (a2) => (a3) =>
      scaled_pairs(a0, a1, a2, a3)
  )(k)(s)(f(t));
};
const shifted = (k, s, t, b, j) => {
  return k[3](k[4](s(j))(b(j)))(t(j));
};
const fold_into = (k, same, near, m, s, t, target, linear) => {
  const on = target;
  switch (on[0]) {
    case "Conv": {
      const f$ = on[1];
      const f$0 = on[2];
      const b$ = on[3];
      const on$ = linear;
      switch (on$[0]) {
        case "Conv": {
          const f = on$[1];
          const f0 = on$[2];
          const b = on$[3];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = need(k, eqb(f[5], m), Channels);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = kernels(
                    k,
                    near,
                    f,
                    f$0,
                    (
                      (a0) => (a1) => (a2) => (a3) =>
                        scaled(a0, a1, a2, a3)
                    )(k)(s)(f0),
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return cells(
                        k,
                        near,
                        Bias,
                        Nil,
                        0,
                        m,
                        b$,
                        (
                          (a0) => (a1) => (a2) => (a3) => (a4) =>
                            shifted(a0, a1, a2, a3, a4)
                        )(k)(s)(t)(b),
                      );
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Proj": {
      const f$ = on[1];
      const f$0 = on[2];
      const g$ = on[3];
      const b$ = on[4];
      const on$ = linear;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          const f = on$[1];
          const f0 = on$[2];
          const g = on$[3];
          const b = on$[4];
          const on$$ = frames(k, f$, f);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = need(k, eqb(f[5], m), Channels);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = kernels(
                    k,
                    near,
                    f,
                    f$0,
                    (
                      (a0) => (a1) => (a2) => (a3) =>
                        scaled(a0, a1, a2, a3)
                    )(k)(s)(f0),
                  );
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      const on$$$$$ = pairs(k, same, Gates, Nil, f[4], f[5], g$, g);
                      switch (on$$$$$[0]) {
                        case "Some": {
                          const fault0 = on$$$$$[1];
                          return ["Some", fault0];
                        }
                        case "None": {
                          return cells(
                            k,
                            near,
                            Bias,
                            Nil,
                            0,
                            m,
                            b$,
                            (
                              (a0) => (a1) => (a2) => (a3) => (a4) =>
                                shifted(a0, a1, a2, a3, a4)
                            )(k)(s)(t)(b),
                          );
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Dense": {
      const n$ = on[1];
      const m$ = on[2];
      const w$ = on[3];
      const b$ = on[4];
      const on$ = linear;
      switch (on$[0]) {
        case "Conv": {
          return kind(k);
        }
        case "Proj": {
          return kind(k);
        }
        case "Dense": {
          const n = on$[1];
          const m1 = on$[2];
          const w = on$[3];
          const b = on$[4];
          const on$$ = need(k, (eqb(n$, n) ? eqb(m$, m1) : false) ? eqb(m1, m) : false, Channels);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              const on$$$ = pairs(
                k,
                near,
                Weights,
                Nil,
                n,
                m,
                w$,
                (
                  (a0) => (a1) => (a2) => (a3) =>
                    scaled_pairs(a0, a1, a2, a3)
                )(k)(s)(w),
              );
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  return cells(
                    k,
                    near,
                    Bias,
                    Nil,
                    0,
                    m,
                    b$,
                    (
                      (a0) => (a1) => (a2) => (a3) => (a4) =>
                        shifted(a0, a1, a2, a3, a4)
                    )(k)(s)(t)(b),
                  );
                }
                default:
                  throw new Error("no such case");
              }
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      return kind(k);
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const fold = (k, same, near, target, linear, map0) => {
  const on = map_scale(k, map0);
  switch (on[0]) {
    case "Some": {
      const p = on[1];
      const on$ = p;
      switch (on$[0]) {
        case "Pair": {
          const m = on$[1];
          const s = on$[2];
          return fold_into(k, same, near, m, s, map_shift(k, map0), target, linear);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "None": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const padded_frame = (k, f$, f, between, e, l, h) => {
  const on = need(k, padded_axes(f$[1], f[1], l, h), Geometry);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = need(
        k,
        (same_numbers(f$[2], e) ? same_numbers(f[2], between) : false)
          ? padded_extents(between, e, l, h)
          : false,
        Extents,
      );
      switch (on$[0]) {
        case "Some": {
          const fault0 = on$[1];
          return ["Some", fault0];
        }
        case "None": {
          return need(k, same_channels(f$, f), Channels);
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const pad = (k, same, between, target, zeros, reader) => {
  const on = zeros;
  switch (on[0]) {
    case "Conv": {
      return kind(k);
    }
    case "Proj": {
      return kind(k);
    }
    case "Dense": {
      return kind(k);
    }
    case "Affine": {
      return kind(k);
    }
    case "Norm": {
      return kind(k);
    }
    case "ZeroPad": {
      const e = on[1];
      const l = on[2];
      const h = on[3];
      const on$ = target;
      switch (on$[0]) {
        case "Conv": {
          const f$ = on$[1];
          const f$0 = on$[2];
          const b$ = on$[3];
          const on$$ = reader;
          switch (on$$[0]) {
            case "Conv": {
              const f = on$$[1];
              const f0 = on$$[2];
              const b = on$$[3];
              const on$$$ = padded_frame(k, f$, f, between, e, l, h);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = kernels(k, same, f, f$0, f0);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return biases(k, same, b$, b, f[5]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            case "Proj": {
              return kind(k);
            }
            case "Dense": {
              return kind(k);
            }
            case "Affine": {
              return kind(k);
            }
            case "Norm": {
              return kind(k);
            }
            case "ZeroPad": {
              return kind(k);
            }
            case "Opaque": {
              return kind(k);
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Proj": {
          const f$ = on$[1];
          const f$0 = on$[2];
          const g$ = on$[3];
          const b$ = on$[4];
          const on$$ = reader;
          switch (on$$[0]) {
            case "Conv": {
              return kind(k);
            }
            case "Proj": {
              const f = on$$[1];
              const f0 = on$$[2];
              const g = on$$[3];
              const b = on$$[4];
              const on$$$ = padded_frame(k, f$, f, between, e, l, h);
              switch (on$$$[0]) {
                case "Some": {
                  const fault0 = on$$$[1];
                  return ["Some", fault0];
                }
                case "None": {
                  const on$$$$ = kernels(k, same, f, f$0, f0);
                  switch (on$$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      const on$$$$$ = pairs(k, same, Gates, Nil, f[4], f[5], g$, g);
                      switch (on$$$$$[0]) {
                        case "Some": {
                          const fault0 = on$$$$$[1];
                          return ["Some", fault0];
                        }
                        case "None": {
                          return biases(k, same, b$, b, f[5]);
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                default:
                  throw new Error("no such case");
              }
            }
            case "Dense": {
              return kind(k);
            }
            case "Affine": {
              return kind(k);
            }
            case "Norm": {
              return kind(k);
            }
            case "ZeroPad": {
              return kind(k);
            }
            case "Opaque": {
              return kind(k);
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Dense": {
          return kind(k);
        }
        case "Affine": {
          return kind(k);
        }
        case "Norm": {
          return kind(k);
        }
        case "ZeroPad": {
          return kind(k);
        }
        case "Opaque": {
          return kind(k);
        }
        default:
          throw new Error("no such case");
      }
    }
    case "Opaque": {
      return kind(k);
    }
    default:
      throw new Error("no such case");
  }
};
const single = (k, same, near, r, target, source) => {
  const on = need(k, same_numbers(target[2], source[2]), Extents);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = r;
      switch (on$[0]) {
        case "Keep": {
          return keep(k, same, target[1], source[1]);
        }
        case "Unit": {
          return unit(k, same, target[1], source[1]);
        }
        case "Merge": {
          return merge(k, same, near, target[1], source[1]);
        }
        case "Embed": {
          const c = on$[1];
          return embed(k, same, c, target[2], target[1], source[1]);
        }
        case "Collapse": {
          const c = on$[1];
          return collapse(k, same, c, target[2], target[1], source[1]);
        }
        case "Fold": {
          return ["Some", ["Static", Sources]];
        }
        case "Pad": {
          return ["Some", ["Static", Sources]];
        }
        case "Ungroup": {
          return ungroup(k, same, target[1], source[1]);
        }
        case "Enlarge": {
          const o = on$[1];
          const f = on$[2];
          return enlarge(k, same, o, f, target[1], source[1]);
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const double = (k, same, near, r, target, first, second) => {
  const on = need(k, same_numbers(target[2], second[2]), Extents);
  switch (on[0]) {
    case "Some": {
      const fault0 = on[1];
      return ["Some", fault0];
    }
    case "None": {
      const on$ = r;
      switch (on$[0]) {
        case "Keep": {
          return ["Some", ["Static", Sources]];
        }
        case "Unit": {
          return ["Some", ["Static", Sources]];
        }
        case "Merge": {
          return ["Some", ["Static", Sources]];
        }
        case "Embed": {
          return ["Some", ["Static", Sources]];
        }
        case "Collapse": {
          return ["Some", ["Static", Sources]];
        }
        case "Fold": {
          const on$$ = need(k, same_numbers(first[2], second[2]), Extents);
          switch (on$$[0]) {
            case "Some": {
              const fault0 = on$$[1];
              return ["Some", fault0];
            }
            case "None": {
              return fold(k, same, near, target[1], first[1], second[1]);
            }
            default:
              throw new Error("no such case");
          }
        }
        case "Pad": {
          return pad(k, same, first[2], target[1], first[1], second[1]);
        }
        case "Ungroup": {
          return ["Some", ["Static", Sources]];
        }
        case "Enlarge": {
          return ["Some", ["Static", Sources]];
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const carrier = (l__, s) => {
  for (;;) {
    const l = l__;
    const on = l;
    switch (on[0]) {
      case "Nil": {
        return None;
      }
      case "Cons": {
        const p = on[1];
        const l$ = on[2];
        const on$ = p;
        switch (on$[0]) {
          case "Pair": {
            const a = on$[1];
            const b = on$[2];
            if (eqb(a, s)) {
              return ["Some", b];
            } else {
              l__ = l$;
              continue;
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const wired = (l, args__, args$__) => {
  for (;;) {
    const args = args__;
    const args$ = args$__;
    const on = args;
    switch (on[0]) {
      case "Nil": {
        const on$ = args$;
        switch (on$[0]) {
          case "Nil": {
            return true;
          }
          case "Cons": {
            return false;
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const a = on[1];
        const args1 = on[2];
        const on$ = args$;
        switch (on$[0]) {
          case "Nil": {
            return false;
          }
          case "Cons": {
            const b = on$[1];
            const args1$ = on$[2];
            const on$$ = carrier(l, a);
            switch (on$$[0]) {
              case "Some": {
                const c = on$$[1];
                if (eqb(b, c)) {
                  args__ = args1;
                  args$__ = args1$;
                  continue;
                } else {
                  return false;
                }
              }
              case "None": {
                return false;
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const check_step = (k, same, near, p, l, s, i$) => {
  const on = s[2];
  switch (on[0]) {
    case "Nil": {
      return ["Pair", ["Some", ["Static", Sources]], 0];
    }
    case "Cons": {
      const a = on[1];
      const l0 = on[2];
      const on$ = l0;
      switch (on$[0]) {
        case "Nil": {
          return [
            "Pair",
            (() => {
              const on$$ = nth_error(p, a);
              switch (on$$[0]) {
                case "Some": {
                  const i = on$$[1];
                  const on$$$ = need(k, wired(l, i[2], i$[2]), Wires);
                  switch (on$$$[0]) {
                    case "Some": {
                      const fault0 = on$$$[1];
                      return ["Some", fault0];
                    }
                    case "None": {
                      return single(k, same, near, s[1], i$[1], i[1]);
                    }
                    default:
                      throw new Error("no such case");
                  }
                }
                case "None": {
                  return ["Some", ["Static", Sources]];
                }
                default:
                  throw new Error("no such case");
              }
            })(),
            a,
          ];
        }
        case "Cons": {
          const b = on$[1];
          const l1 = on$[2];
          const on$$ = l1;
          switch (on$$[0]) {
            case "Nil": {
              return [
                "Pair",
                (() => {
                  const on$$$ = nth_error(p, a);
                  switch (on$$$[0]) {
                    case "Some": {
                      const i = on$$$[1];
                      const on$$$$ = nth_error(p, b);
                      switch (on$$$$[0]) {
                        case "Some": {
                          const k0 = on$$$$[1];
                          const on$$$$$ = need(k, same_numbers(k0[2], ["Cons", a, Nil]), Sources);
                          switch (on$$$$$[0]) {
                            case "Some": {
                              const fault0 = on$$$$$[1];
                              return ["Some", fault0];
                            }
                            case "None": {
                              const on$$$$$$ = need(k, wired(l, i[2], i$[2]), Wires);
                              switch (on$$$$$$[0]) {
                                case "Some": {
                                  const fault0 = on$$$$$$[1];
                                  return ["Some", fault0];
                                }
                                case "None": {
                                  return double(k, same, near, s[1], i$[1], i[1], k0[1]);
                                }
                                default:
                                  throw new Error("no such case");
                              }
                            }
                            default:
                              throw new Error("no such case");
                          }
                        }
                        case "None": {
                          return ["Some", ["Static", Sources]];
                        }
                        default:
                          throw new Error("no such case");
                      }
                    }
                    case "None": {
                      return ["Some", ["Static", Sources]];
                    }
                    default:
                      throw new Error("no such case");
                  }
                })(),
                b,
              ];
            }
            case "Cons": {
              return ["Pair", ["Some", ["Static", Sources]], 0];
            }
            default:
              throw new Error("no such case");
          }
        }
        default:
          throw new Error("no such case");
      }
    }
    default:
      throw new Error("no such case");
  }
};
const check_from = (k, same, near, p, m__, l__, steps__, p$__) => {
  for (;;) {
    const m = m__;
    const l = l__;
    const steps = steps__;
    const p$ = p$__;
    const on = steps;
    switch (on[0]) {
      case "Nil": {
        const on$ = p$;
        switch (on$[0]) {
          case "Nil": {
            const on$$ = carrier(l, pred(length(p)));
            switch (on$$[0]) {
              case "Some": {
                const c = on$$[1];
                const on$$$ = m;
                if (on$$$ === 0) {
                  return ["Some", ["Pair", pred(m), ["Static", Output]]];
                } else {
                  const last = on$$$ - 1;
                  if (eqb(c, last)) {
                    return None;
                  } else {
                    return ["Some", ["Pair", last, ["Static", Output]]];
                  }
                }
              }
              case "None": {
                return ["Some", ["Pair", pred(m), ["Static", Output]]];
              }
              default:
                throw new Error("no such case");
            }
          }
          case "Cons": {
            return ["Some", ["Pair", m, ["Static", Steps]]];
          }
          default:
            throw new Error("no such case");
        }
      }
      case "Cons": {
        const s = on[1];
        const steps$ = on[2];
        const on$ = p$;
        switch (on$[0]) {
          case "Nil": {
            return ["Some", ["Pair", m, ["Static", Steps]]];
          }
          case "Cons": {
            const i$ = on$[1];
            const rest = on$[2];
            const on$$ = check_step(k, same, near, p, l, s, i$);
            switch (on$$[0]) {
              case "Pair": {
                const v = on$$[1];
                const a = on$$[2];
                const on$$$ = v;
                switch (on$$$[0]) {
                  case "Some": {
                    const fault0 = on$$$[1];
                    return ["Some", ["Pair", m, fault0]];
                  }
                  case "None": {
                    m__ = exact(m + 1);
                    l__ = ["Cons", ["Pair", a, m], l];
                    steps__ = steps$;
                    p$__ = rest;
                    continue;
                  }
                  default:
                    throw new Error("no such case");
                }
              }
              default:
                throw new Error("no such case");
            }
          }
          default:
            throw new Error("no such case");
        }
      }
      default:
        throw new Error("no such case");
    }
  }
};
const check = (k, same, near, steps, p, p$) => {
  return check_from(k, same, near, p, 0, Nil, steps, p$);
};
export const check$: (
  x: Cring,
) => (
  x: (x: unknown) => (x: unknown) => boolean,
) => (
  x: (x: unknown) => (x: unknown) => boolean,
) => (
  x: List<Step>,
) => (x: List<Instr<Layer>>) => (x: List<Instr<Layer>>) => Option<Prod<number, Fault>> =
  (a0) => (a1) => (a2) => (a3) => (a4) => (a5) =>
    check(a0, a1, a2, a3, a4, a5);
export const exec$: (
  x: Cring,
) => (x: (x: number) => (x: List<Value>) => Value) => (x: Layer) => (x: List<Value>) => Value =
  (a0) => (a1) => (a2) => (a3) =>
    exec(a0, a1, a2, a3);
export const dead$: (x: List<Axis>) => (x: List<number>) => (x: Position) => boolean =
  (a0) => (a1) => (a2) =>
    dead(a0, a1, a2);
