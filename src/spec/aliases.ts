import { isAlias, visit, type Alias, type Document, type Node } from 'yaml';

/** What each alias stands for: the node with its anchor, or undefined where none stands before it. */
export function aliasTargets(document: Document): (alias: Alias) => Node | undefined {
  let targets: ReadonlyMap<Alias, Node> | undefined;
  // The library's own look-up walks the whole document for every alias.
  return (alias) => (targets ??= findTargets(document)).get(alias);
}

function findTargets(document: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}
