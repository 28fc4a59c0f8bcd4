/**
 * JSON from untrusted files. `JSON.parse` keeps the last of several equal keys in silence, which would
 * let two readers of one file see different contents; here a repeated key is refused.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";

/**
 * The longest JSON text that is read from a file, in bytes. An empty object is three bytes there and some
 * sixty in memory, so that this much may become a little less than a gigabyte.
 */
export const jsonLimit = 32 * 2 ** 20;

/** The end of the string literal that starts at `start`: the offset behind its closing quote. */
const stringEnd = (text: string, start: number): number => {
  let i = start + 1;
  while (text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
};

/**
 * The deepest nesting that is read. A model of containers in containers needs some hundred levels, and
 * every function that recurses over a value can rely on it.
 */
const nestingLimit = 512;

/** The nesting that is too deep, or else the first key that some object of a valid JSON text holds twice. */
const flawOf = (text: string): string | null => {
  // The keys of every open list and object; a set is made for the first of them.
  const objects: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "{":
      case "[":
        if (objects.push(null) > nestingLimit)
          return `lists and objects more than ${nestingLimit} deep`;
        break;
      case "}":
      case "]":
        objects.pop();
        break;
      case '"': {
        const end = stringEnd(text, i);
        let next = end;
        while (/\s/.test(text[next] ?? "")) next++;
        if (text[next] === ":") {
          const key = JSON.parse(text.slice(i, end)) as string;
          const keys = (objects[objects.length - 1] ??= new Set());
          if (keys.has(key)) return `the key ${JSON.stringify(key)} twice in one object`;
          keys.add(key);
        }
        i = end - 1;
        break;
      }
    }
  }
  return null;
};

/** Parse JSON; refuses what is no JSON, objects with a repeated key, and nesting without bound. */
export const parseJson = (text: string, where: string): Result<unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse({ where, found: (error as Error).message, expected: "valid JSON" });
  }
  const found = flawOf(text);
  return found === null
    ? E.right(value)
    : refuse({ where, found, expected: `every key once, and at most ${nestingLimit} levels` });
};
