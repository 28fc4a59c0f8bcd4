/**
 * Decoding of untrusted values with io-ts, and its errors for people: the path in the file, the value
 * found there and what was expected, instead of io-ts's printed types.
 */
import * as E from "fp-ts/lib/Either.js";
import * as t from "io-ts";
import { refuse, type Result } from "../algebra/refusal.js";

const shownErrors = 3;
const shownCharacters = 60;

/**
 * JSON of a value, ended early once it is longer than `room`. `JSON.stringify` alone would recurse to the
 * bottom of a deeply nested value, which overflows the stack, and write out all of a long one.
 */
const jsonWithin = (value: unknown, room: number): string => {
  if (typeof value === "string") return JSON.stringify(value.slice(0, room + 1));
  if (typeof value === "bigint") return `${value}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value);
  const isList = Array.isArray(value);
  let out = isList ? "[" : "{";
  for (const key in value) {
    if (out.length > room) return out;
    if (!Object.hasOwn(value, key)) continue;
    if (out.length > 1) out += ",";
    if (!isList) out += `${jsonWithin(key, room)}:`;
    out += jsonWithin((value as Readonly<Record<string, unknown>>)[key], room - out.length);
  }
  return out + (isList ? "]" : "}");
};

/** A value as a short JSON quotation. */
export const quote = (value: unknown): string => {
  if (value === undefined) return "nothing";
  const text = jsonWithin(value, shownCharacters);
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}...`;
};

const plainNames: Readonly<Record<string, string>> = {
  StringType: "a string",
  NumberType: "a number",
  BooleanType: "true or false",
  NullType: "null",
  AnyArrayType: "a list",
  ArrayType: "a list",
  ReadonlyArrayType: "a list",
  TupleType: "a list",
  InterfaceType: "an object",
  PartialType: "an object",
  IntersectionType: "an object",
  DictionaryType: "an object",
  AnyDictionaryType: "an object",
  ExactType: "an object",
};

type Tagged = t.Decoder<never, unknown> & {
  readonly _tag?: string;
  readonly value?: unknown;
  readonly types?: readonly Tagged[];
  readonly type?: Tagged;
  readonly keys?: object;
};

const expectation = (codec: Tagged): string => {
  if (codec._tag === "LiteralType") return quote(codec.value);
  if (codec._tag === "ReadonlyType" && codec.type !== undefined) return expectation(codec.type);
  if (codec._tag === "KeyofType")
    return Object.keys(codec.keys ?? {})
      .map(quote)
      .join(" or ");
  if (codec._tag === "UnionType")
    return [...new Set((codec.types ?? []).map(expectation))].join(" or ");
  return plainNames[codec._tag ?? ""] ?? codec.name;
};

/** Members of intersections and unions are no places in the file. */
const isPlace = (context: t.Context, index: number): boolean => {
  const parent = (context[index - 1]?.type as Tagged | undefined)?._tag;
  return index > 0 && parent !== "IntersectionType" && parent !== "UnionType";
};

/** Where a failed branch of a union starts: the union speaks for its branches. */
const reported = (context: t.Context): t.Context => {
  const union = context.findIndex((entry, index) => {
    const tag = (entry.type as Tagged)._tag;
    return (
      tag === "UnionType" &&
      context.slice(index + 2).every((_, k) => !isPlace(context, index + 2 + k))
    );
  });
  return union < 0 ? context : context.slice(0, union + 1);
};

const describe = (error: t.ValidationError): { readonly path: string; readonly text: string } => {
  const context = reported(error.context);
  const last = context.at(-1)!;
  const path = context
    .flatMap((entry, index) => (isPlace(context, index) ? [entry.key] : []))
    .join(".");
  return { path, text: `${quote(last.actual)} where ${expectation(last.type as Tagged)} belongs` };
};

/**
 * Decode `value`, or refuse with the path, the value found and what was expected, at most three of each.
 * `where` names the file or the field that holds the value.
 */
export const decodeWith =
  <A>(codec: t.Decoder<unknown, A>, where: string) =>
  (value: unknown): Result<A> => {
    const decoded = codec.decode(value);
    if (E.isRight(decoded)) return decoded;
    const all = [
      ...new Map(
        decoded.left.map(describe).map((d) => [`${d.path}: ${d.text}`, d] as const),
      ).keys(),
    ];
    const more = all.length > shownErrors ? `, and ${all.length - shownErrors} more` : "";
    return refuse({
      where,
      found: all.slice(0, shownErrors).join("; ").replace(/^: /, "") + more,
      expected: "a value of the documented form",
    });
  };

/** A codec for the values that satisfy a test, described in words. */
const refined = <A>(name: string, is: (u: unknown) => u is A): t.Type<A, A, unknown> =>
  new t.Type(name, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), t.identity);

const isWhole =
  (least: number) =>
  (u: unknown): u is number =>
    Number.isSafeInteger(u) && (u as number) >= least;

/** A whole number of at least 0. */
export const Natural = refined("a whole number of at least 0", isWhole(0));
/** A whole number of at least 1. */
export const Positive = refined("a whole number of at least 1", isWhole(1));
/** Any whole number. */
export const Whole = refined("a whole number", isWhole(-Number.MAX_SAFE_INTEGER));
/** A finite number. */
export const Finite = refined("a finite number", (u): u is number => Number.isFinite(u));
/** A shape, its extents natural numbers. */
export const ShapeOf = t.readonlyArray(Natural);
/** Exactly two natural numbers; io-ts's own tuples drop what is beyond their length. */
export const NaturalPair = refined(
  "a pair of whole numbers of at least 0",
  (u): u is readonly [number, number] => Array.isArray(u) && u.length === 2 && u.every(isWhole(0)),
);
/** Exactly two numbers of at least 1. */
export const PositivePair = refined(
  "a pair of whole numbers of at least 1",
  (u): u is readonly [number, number] => Array.isArray(u) && u.length === 2 && u.every(isWhole(1)),
);
/** A sha256 in lower-case hexadecimal digits. */
export const Sha256 = refined(
  "a sha256 of 64 hexadecimal digits",
  (u): u is string => typeof u === "string" && /^[0-9a-f]{64}$/.test(u),
);
