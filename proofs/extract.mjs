/**
 * From Coq's JSON extraction to a TypeScript module.
 *
 *     node extract.mjs heirloom.json check exec dead > extracted.ts
 *
 * The translation is the plain one: a function is a curried arrow, a constructor an array
 * `[name, ...arguments]`, a match a switch. It departs from that in four ways, each of which keeps
 * the meaning:
 *
 * - `nat` is a number and `bool` a boolean, and the functions of Coq's library on them are the
 *   machine's, as in Coq's own ExtrOcamlNatInt. A sum or product beyond 2^53 throws, so that a wrong
 *   number is never computed;
 * - a top-level function that is given all its arguments is called at once instead of one by one;
 * - a call of itself in tail position is a loop, so that no stack grows with the weights;
 * - a constructor without arguments is one value, made once.
 */
import { readFileSync } from "node:fs";

const [file, ...roots] = process.argv.slice(2);
const { declarations } = JSON.parse(readFileSync(file, "utf8"));

/** The functions of Coq's library that are the machine's: by name, and of this type only. */
const natives = {
  add: ["nat nat nat", "exact(x + y)"],
  mul: ["nat nat nat", "exact(x * y)"],
  sub: ["nat nat nat", "x > y ? x - y : 0"],
  div: ["nat nat nat", "y === 0 ? 0 : Math.floor(x / y)"],
  eqb: ["nat nat bool", "x === y"],
  leb: ["nat nat bool", "x <= y"],
  ltb: ["nat nat bool", "x < y"],
};
const flatType = (t) =>
  t.what === "type:arrow" ? `${flatType(t.left)} ${flatType(t.right)}` : (t.name ?? "?");

const reserved = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield exact arguments eval".split(
    " ",
  ),
);
const variable = (name) => {
  const clean = name.replaceAll("'", "$");
  return reserved.has(clean) ? `${clean}$` : clean;
};

/** Every top-level function, with its parameters and what it is native for. */
const functions = new Map();
const constants = new Map();
const inductives = new Map();
const constructors = new Map();
const aliases = new Map();
const nativeOf = (name, type) => {
  const native = natives[name.replace(/\d+$/, "")];
  return native !== undefined && flatType(type) === native[0] ? native[1] : null;
};
/**
 * A function under parameters that its recursion does not change (Coq makes them of section
 * variables), as one function that hands them on.
 */
const lifted = (name, { argnames: given, body }) => {
  const argnames = given.map((arg, i) => (arg === "_" ? `unused${i}` : arg));
  const isRecursion =
    body.what === "expr:fix" &&
    body.funcs.length === 1 &&
    body.funcs[0].body.what === "expr:lambda";
  if (!isRecursion) return { params: argnames, body };
  const [f] = body.funcs;
  const itself = {
    what: "expr:apply",
    func: { what: "expr:global", name },
    args: argnames.map((arg) => ({ what: "expr:rel", name: arg })),
  };
  return {
    params: [...argnames, ...f.body.argnames.map((arg, i) => (arg === "_" ? `unused0${i}` : arg))],
    body: replaced(f.body.body, f.name, itself),
  };
};
const replaced = (e, name, by) => {
  if (Array.isArray(e)) return e.map((part) => replaced(part, name, by));
  if (e === null || typeof e !== "object") return e;
  if (e.what === "expr:rel" && e.name === name) return by;
  const next = Object.fromEntries(Object.entries(e).map(([k, v]) => [k, replaced(v, name, by)]));
  return next.what === "expr:apply" && next.func.what === "expr:apply"
    ? { ...next.func, args: [...next.func.args, ...next.args] }
    : next;
};
const declare = (name, type, value) => {
  const native = nativeOf(name, type);
  if (native !== null) functions.set(name, { type, params: ["x", "y"], native });
  else if (value.what === "expr:lambda" && value.argnames.length > 0)
    functions.set(name, { type, ...lifted(name, value) });
  else constants.set(name, { type, value });
};
for (const d of declarations) {
  if (d.what === "decl:term") declare(d.name, d.type, d.value);
  else if (d.what === "decl:fixgroup") {
    if (d.fixlist.length !== 1)
      throw new Error(`mutual recursion of ${d.fixlist.map((f) => f.name)}`);
    declare(d.fixlist[0].name, d.fixlist[0].type, d.fixlist[0].value);
  } else if (d.what === "decl:ind") {
    inductives.set(d.name, d);
    for (const c of d.constructors)
      constructors.set(c.name, { of: d.name, arity: c.argtypes.length });
  } else if (d.what === "decl:type") aliases.set(d.name, d);
  else throw new Error(`unsupported ${d.what}`);
}

/** What Coq's names are called where an expression stands. No name is given twice within another's reach. */
class Scope {
  constructor(names = new Map(), taken = new Set()) {
    this.names = names;
    this.taken = taken;
  }
  get(name) {
    return this.names.get(name);
  }
}
const bind = (names, { names: outer, taken: before }) => {
  const scope = new Scope(new Map(outer), new Set(before));
  const bound = names.map((name) => {
    if (name === "_") return "_";
    let chosen = variable(name);
    while (scope.taken.has(chosen) || functions.has(chosen) || constants.has(chosen)) chosen += "$";
    scope.taken.add(chosen);
    scope.names.set(name, chosen);
    return chosen;
  });
  return [bound, scope];
};
/** A name for a value that Coq has no name for. */
const temporary = (base, { names, taken }) => {
  let chosen = base;
  while (taken.has(chosen) || functions.has(chosen) || constants.has(chosen)) chosen += "$";
  return [chosen, new Scope(names, new Set(taken).add(chosen))];
};

const used = new Set();
const usedConstructors = new Set();
const globalName = (name) => {
  used.add(name);
  return variable(name);
};

/** A function that is not given all its arguments, as a curried arrow. */
const curried = (name) => {
  const { params } = functions.get(name);
  const args = params.map((_, i) => `a${i}`);
  return `(${args.map((a) => `(${a}) =>`).join(" ")} ${globalName(name)}(${args.join(", ")}))`;
};

const constructed = (name, args) => {
  if (name === "True" || name === "False") return name === "True" ? "true" : "false";
  if (name === "O") return "0";
  if (name === "S") return `exact(${args[0]} + 1)`;
  if (args.length === 0) {
    usedConstructors.add(name);
    return variable(name);
  }
  return `[${[JSON.stringify(name), ...args].join(", ")}]`;
};

const isOn = (cases, ...names) => names.includes(cases[0].pat.name);
const armOf = (cases, name) =>
  cases.find((c) => c.pat.name === name || c.pat.what === "pat:wild" || c.pat.what === "pat:rel");

/** An expression. */
const expr = (e, env) => {
  switch (e.what) {
    case "expr:rel":
      return env.get(e.name) ?? fail(`unbound ${e.name}`);
    case "expr:global":
      return functions.has(e.name) ? curried(e.name) : globalName(e.name);
    case "expr:coerce":
      return expr(e.value, env);
    // A type or a proof, which nothing reads.
    case "expr:dummy":
      return "undefined";
    case "expr:lambda": {
      if (e.argnames.length === 0) return expr(e.body, env);
      const [names, inner] = bind(e.argnames, env);
      return `(${names.map((n) => `(${n}) => `).join("")}${arrowBody(e.body, inner)})`;
    }
    case "expr:apply": {
      const args = e.args.map((a) => expr(a, env));
      const known = e.func.what === "expr:global" ? functions.get(e.func.name) : undefined;
      if (known !== undefined && args.length >= known.params.length) {
        const n = known.params.length;
        return `${globalName(e.func.name)}(${args.slice(0, n).join(", ")})${args
          .slice(n)
          .map((a) => `(${a})`)
          .join("")}`;
      }
      return `${expr(e.func, env)}${args.map((a) => `(${a})`).join("")}`;
    }
    case "expr:constructor":
      return constructed(
        e.name,
        e.args.map((a) => expr(a, env)),
      );
    case "expr:case": {
      const { cases } = e;
      const on = expr(e.expr, env);
      if (isOn(cases, "True", "False"))
        return `(${on} ? ${expr(armOf(cases, "True").body, env)} : ${expr(armOf(cases, "False").body, env)})`;
      const field = projection(cases);
      if (field !== null) return `${on}[${field}]`;
      return `(() => { ${statements(e, env, null)} })()`;
    }
    case "expr:let":
    case "expr:fix":
      return `(() => { ${statements(e, env, null)} })()`;
    default:
      return fail(`unsupported ${e.what}`);
  }
};
const fail = (message) => {
  throw new Error(message);
};
const arrowBody = (e, env) =>
  ["expr:case", "expr:let", "expr:fix"].includes(e.what) && !isSimple(e)
    ? `{ ${statements(e, env, null)} }`
    : expr(e, env).replace(/^\{/, "({");
const isSimple = (e) =>
  e.what === "expr:case" && (isOn(e.cases, "True", "False") || projection(e.cases) !== null);

/** The number of the field that a match on the only constructor picks, or null. */
const projection = (cases) => {
  if (cases.length !== 1 || cases[0].pat.what !== "pat:constructor") return null;
  const { pat, body } = cases[0];
  if (body.what !== "expr:rel") return null;
  const at = pat.argnames.lastIndexOf(body.name);
  return at === -1 ? null : at + 1;
};

/** Statements that return the value of an expression; `self` is the function whose tail this is. */
const statements = (e, env, self) => {
  switch (e.what) {
    case "expr:coerce":
      return statements(e.value, env, self);
    case "expr:let": {
      const value = expr(e.nameval, env);
      const [[name], inner] = bind([e.name], env);
      return `const ${name} = ${value}; ${statements(e.body, inner, self)}`;
    }
    case "expr:case": {
      const { cases } = e;
      const on = expr(e.expr, env);
      if (isOn(cases, "True", "False"))
        return `if (${on}) { ${statements(armOf(cases, "True").body, env, self)} } else { ${statements(armOf(cases, "False").body, env, self)} }`;
      const [s, scope] = temporary("on", env);
      if (isOn(cases, "O", "S")) {
        const zero = armOf(cases, "O");
        const next = armOf(cases, "S");
        const [names, inner] = bind(next.pat.argnames ?? ["_"], scope);
        const predecessor = names[0] === "_" ? "" : `const ${names[0]} = ${s} - 1; `;
        return `const ${s} = ${on}; if (${s} === 0) { ${statements(zero.body, scope, self)} } else { ${predecessor}${statements(next.body, inner, self)} }`;
      }
      const arms = cases.map(({ pat, body }) => {
        if (pat.what === "pat:wild") return `default: { ${statements(body, scope, self)} }`;
        if (pat.what !== "pat:constructor") return fail(`unsupported ${pat.what}`);
        const [names, inner] = bind(pat.argnames, scope);
        const fields = names.flatMap((n, i) => (n === "_" ? [] : [`const ${n} = ${s}[${i + 1}];`]));
        return `case ${JSON.stringify(pat.name)}: { ${fields.join(" ")} ${statements(body, inner, self)} }`;
      });
      const total = cases.some((c) => c.pat.what === "pat:wild");
      return `const ${s} = ${on}; switch (${s}[0]) { ${arms.join(" ")} ${total ? "" : 'default: throw new Error("no such case");'} }`;
    }
    case "expr:fix": {
      if (e.funcs.length !== 1) return fail("mutual recursion");
      const [f] = e.funcs;
      const [[name], inner] = bind([f.name], env);
      return `const ${name} = ${expr(f.body, inner)}; return ${name};`;
    }
    case "expr:apply":
      if (
        self !== null &&
        e.func.what === "expr:global" &&
        e.func.name === self.name &&
        e.args.length === self.params.length
      ) {
        const next = e.args.map((a) => expr(a, env));
        const moves = next.flatMap((value, i) => {
          if (value === self.params[i]) return [];
          self.moved.add(i);
          return [`${self.params[i]}__ = ${value};`];
        });
        return `${moves.join(" ")} continue;`;
      }
      return `return ${expr(e, env)};`;
    default:
      return `return ${expr(e, env)};`;
  }
};

const callsItself = (name, e) =>
  JSON.stringify(e).includes(`"what":"expr:global","name":${JSON.stringify(name)}}`);

const functionText = (name) => {
  const f = functions.get(name);
  const own = variable(name);
  if (f.native !== undefined) return `const ${own} = (x, y) => ${f.native};`;
  const [names, env] = bind(f.params, new Scope());
  if (!callsItself(name, f.body))
    return `const ${own} = (${names.join(", ")}) => { ${statements(f.body, env, null)} };`;
  // The arguments of a loop that change are variables, each with a constant of one turn beside it for
  // the closures made in that turn.
  const moved = new Set();
  const body = statements(f.body, env, { name, params: names, moved });
  if (moved.size === 0) return `const ${own} = (${names.join(", ")}) => { ${body} };`;
  const params = names.map((n, i) => (moved.has(i) ? `${n}__` : n));
  const turn = [...moved].sort((a, b) => a - b).map((i) => `const ${names[i]} = ${names[i]}__;`);
  return `const ${own} = (${params.join(", ")}) => { for (;;) { ${turn.join(" ")} ${body} } };`;
};

/** TypeScript's types of Coq's inductive types. What depends on the ring's carrier is unknown. */
const typeName = (name) =>
  name[0].toUpperCase() + name.slice(1).replace(/_(\w)/g, (_, c) => c.toUpperCase());
const typeText = (t) => {
  switch (t.what) {
    case "type:arrow":
      return `(x: ${typeText(t.left)}) => ${typeText(t.right)}`;
    case "type:var":
      return t.name;
    case "type:glob":
      if (t.name === "nat") return "number";
      if (t.name === "bool") return "boolean";
      if (t.name === "car") return "unknown";
      return `${typeName(t.name)}${t.args.length > 0 ? `<${t.args.map(typeText).join(", ")}>` : ""}`;
    default:
      return "unknown";
  }
};
const typeDeclarations = () => {
  const out = [];
  for (const d of inductives.values()) {
    if (d.name === "nat" || d.name === "bool") continue;
    const params = d.argnames.length > 0 ? `<${d.argnames.join(", ")}>` : "";
    const cases = d.constructors.map(
      (c) =>
        `readonly [${[JSON.stringify(c.name), ...c.argtypes.map((t) => (t.what === "type:arrow" ? `${typeText(t)}` : typeText(t)))].join(", ")}]`,
    );
    out.push(`export type ${typeName(d.name)}${params} = ${cases.join(" | ")};`);
  }
  for (const d of aliases.values()) {
    if (d.name === "car") continue;
    const params = d.argnames.length > 0 ? `<${d.argnames.join(", ")}>` : "";
    out.push(`export type ${typeName(d.name)}${params} = ${typeText(d.value)};`);
  }
  return out;
};

/** A root with its type, curried as Coq has it. */
const exported = (name) => {
  const { type } = functions.get(name);
  return `export const ${name}$: ${typeText(type)} = ${curried(name)};`;
};

// What the roots need, in the order in which Coq declares it.
for (const root of roots) globalName(root);
const texts = new Map();
for (let before = -1; before !== used.size;) {
  before = used.size;
  for (const name of [...used])
    if (!texts.has(name))
      texts.set(
        name,
        functions.has(name)
          ? functionText(name)
          : `const ${variable(name)} = ${expr(constants.get(name).value, new Scope())};`,
      );
}
const order = declarations.flatMap((d) =>
  d.what === "decl:term"
    ? [d.name]
    : d.what === "decl:fixgroup"
      ? d.fixlist.map((f) => f.name)
      : [],
);
const body = order.filter((name) => texts.has(name)).map((name) => texts.get(name));
const nullary = [...usedConstructors]
  .sort()
  .map((c) => `const ${variable(c)} = [${JSON.stringify(c)}];`);

console.log(`// Extracted from the proofs by proofs/build. Do not edit: change the proofs and run it again.
// @ts-nocheck
/* eslint-disable */
${typeDeclarations().join("\n")}

/** A natural number that the machine holds exactly. */
const exact = (n) => {
  if (!Number.isSafeInteger(n)) throw new RangeError(\`beyond 2^53: \${n}\`);
  return n;
};
${nullary.join("\n")}
${body.join("\n")}
${roots.map(exported).join("\n")}`);
