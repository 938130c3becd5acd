// Parses PowerShell with tree-sitter's grammar.
//
// Usage: powershell.mjs <TEXT       says where the text does not parse, a place a line, and nothing when it parses
//        powershell.mjs NAME <TEXT  prints the parameters of the function of that name as JSON, once the text has parsed:
//                                   [{"name": ..., "type": ..., "attributes": ["Parameter(Position = 0)", ...]}, ...]

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Language, Parser } from "web-tree-sitter";

await Parser.init();
const grammar = fileURLToPath(import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm"));
const parser = new Parser();
parser.setLanguage(await Language.load(grammar));

const [name] = process.argv.slice(2);
const text = readFileSync(0, "utf8");
const root = parser.parse(text).rootNode;

// Only the places that hold no other are told: what is around an error is one, too.
function faults(node) {
  const inner = node.children.flatMap((child) => (child.hasError ? faults(child) : []));
  if (inner.length || !(node.isError || node.isMissing)) return inner;
  const { row, column } = node.startPosition;
  return [`line ${row + 1}, column ${column + 1}: ${node.isMissing ? `${node.type} is missing` : "unexpected"} ${JSON.stringify(node.text.slice(0, 60))}`];
}

function parameters(name) {
  const declared = root.descendantsOfType("function_statement").find((f) => f.descendantsOfType("function_name")[0].text === name);
  const [block] = declared.descendantsOfType("param_block");
  return block.descendantsOfType("script_parameter").map((parameter) => {
    const lists = parameter.children.filter((child) => child.type === "attribute_list");
    const texts = lists.flatMap((list) => list.children).map((attribute) => attribute.text.slice(1, -1));
    return {
      name: parameter.children.find((child) => child.type === "variable").text.slice(1),
      type: texts.at(-1),
      attributes: texts.slice(0, -1),
    };
  });
}

if (root.hasError || !name) {
  for (const fault of faults(root)) console.log(fault);
} else {
  console.log(JSON.stringify(parameters(name)));
}
