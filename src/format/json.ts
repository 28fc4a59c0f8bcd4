/**
 * JSON from untrusted files. `JSON.parse` keeps the last of several equal keys in silence, which would
 * let two readers of one file see different contents; here a repeated key is refused.
 */
import * as E from "fp-ts/lib/Either.js";
import { refuse, type Result } from "../algebra/refusal.js";

/** The end of the string literal that starts at `start`: the offset behind its closing quote. */
const stringEnd = (text: string, start: number): number => {
  let i = start + 1;
  while (text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i + 1;
};

/** The first key that some object of a valid JSON text holds twice. */
const repeatedKey = (text: string): string | null => {
  const objects: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case "{":
        objects.push(new Set());
        break;
      case "[":
        objects.push(null);
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
          const keys = objects.at(-1);
          if (keys?.has(key)) return key;
          keys?.add(key);
        }
        i = end - 1;
        break;
      }
    }
  }
  return null;
};

/** Parse JSON; refuses what is no JSON and objects with a repeated key. */
export const parseJson = (text: string, where: string): Result<unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse({ where, found: (error as Error).message, expected: "valid JSON" });
  }
  const key = repeatedKey(text);
  return key === null
    ? E.right(value)
    : refuse({
        where,
        found: `the key ${JSON.stringify(key)} twice in one object`,
        expected: "every key once",
      });
};
