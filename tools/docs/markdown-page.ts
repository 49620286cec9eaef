import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { fromMarkdown } from 'mdast-util-from-markdown';

type Node = ReturnType<typeof fromMarkdown>['children'][number];

/** What of a Markdown file others may refer to, and what it refers to. */
export interface MarkdownPage {
  /** From the top of the checkout. */
  file: string;
  headings: { depth: number; anchor: string }[];
  /** Language and text of each block of code. */
  code: string[];
  /** Targets of links and pictures, as they are written. */
  links: string[];
  /** The file as it is. */
  text: string;
}

/** Reads a page as GitHub shows it: that decides what its anchors are called. */
export function readPage(root: string, file: string): MarkdownPage {
  const text = readFileSync(join(root, file), 'utf8');
  const page: MarkdownPage = { file, headings: [], code: [], links: [], text };
  const slugger = new GithubSlugger();
  const visit = (node: Node): void => {
    if (node.type === 'heading') {
      page.headings.push({ depth: node.depth, anchor: slugger.slug(textIn(node)) });
    } else if (node.type === 'code') page.code.push(`${node.lang ?? ''}\n${node.value}`);
    else if (node.type === 'link' || node.type === 'image' || node.type === 'definition') {
      page.links.push(node.url);
    }
    if ('children' in node) node.children.forEach(visit);
  };
  fromMarkdown(text).children.forEach(visit);
  return page;
}

function textIn(node: Node): string {
  if ('children' in node) return node.children.map(textIn).join('');
  return 'value' in node ? node.value : '';
}
