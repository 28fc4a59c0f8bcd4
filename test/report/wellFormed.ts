/** Whether a text is one well-formed XML element: tags nest, attributes are quoted, nothing is left bare. */

const tag = /^<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?::[a-z]+)?="[^"<]*")*)(\/?)>/;
const entity = /&(?:amp|lt|gt|quot|#39);/g;

export const isWellFormed = (text: string): boolean => {
  const open: string[] = [];
  let rest = text.trim();
  let elements = 0;
  while (rest !== "") {
    const at = rest.indexOf("<");
    const bare = at < 0 ? rest : rest.slice(0, at);
    if (bare.replace(entity, "").includes("&") || (bare.trim() !== "" && open.length === 0))
      return false;
    rest = rest.slice(bare.length);
    if (rest === "") break;
    const match = tag.exec(rest);
    if (match === null || match[3]!.replace(entity, "").includes("&")) return false;
    const [whole, closing, name, , empty] = match;
    if (closing === "/") {
      if (open.pop() !== name) return false;
    } else {
      if (open.length === 0 && elements > 0) return false;
      elements++;
      if (empty === "") open.push(name!);
    }
    rest = rest.slice(whole.length);
  }
  return open.length === 0 && elements > 0;
};
