import { flags } from '../../src/config/command-line.js';
import type { Variable } from '../../src/config/variable.js';
import { variableGroups, variables, type Values } from '../../src/config/variables.js';

type AnyVariable = Variable<Values[keyof Values]>;

/** Made whole from the declared variables. */
export const envExampleFile = '.env.example';

const width = 100;

/** As it stands in `.env.example`. */
const preface = `# Every setting, commented out with its default: a copy of this file named .env changes nothing.
# An environment variable wins over .env, and a command-line flag wins over both; but everybody on the
# machine can read a command line, so no secret belongs there.
# \`NAME=\` counts as unset. A value with # or spaces at its ends belongs in quotes.
# A bad value stops the start and says what the variable takes; \`npm start -- --check\` says whether
# a start with all this would serve.
`;

/** Heads of the table's columns, and its words beside those of the variables. */
interface Language {
  columns: readonly [string, string, string, string];
  and: string;
  to: string;
  units: Readonly<Record<string, string>>;
}

const english: Language = {
  columns: ['variable', 'default', 'takes', 'meaning'],
  and: ', ',
  to: 'to',
  units: {},
};

const chinese: Language = {
  columns: ['变量', '默认值', '取值', '含义'],
  and: '、',
  to: '至',
  units: { ms: '毫秒', seconds: '秒', days: '天', bytes: '字节', calls: '次', tokens: 'token' },
};

/** The pages whose table is made. */
export const settingsPages = [
  { file: 'docs/configuration.md', language: english },
  { file: 'docs/zh-CN/configuration.md', language: chinese },
];

/** The file that documents every variable with its default, for a copy named .env. */
export function envExample(): string {
  const parts = Object.entries(variableGroups).map(([title, group]) => {
    const heading = `# --- ${title} `.padEnd(width - 3, '-');
    return [heading, ...Object.entries<AnyVariable>(group).map(envEntry)].join('\n\n');
  });
  return `${[preface, ...parts].join('\n').replaceAll('\n\n\n', '\n\n')}\n`;
}

function envEntry([name, variable]: [string, AnyVariable]): string {
  const { accepts, range, former, meaning } = variable;
  const unit = range?.unit ? ` (${range.unit})` : '';
  const sentences = [
    meaning.replaceAll(/\[([^\]]+)\]\(([^)#]+)[^)]*\)/g, '$1 (docs/$2)'),
    ...(accepts === null ? [] : [`Takes ${accepts}${unit}.`]),
    ...(former === null ? [] : [`${former} is its former name, which goes on working.`]),
    ...(flagOf(name) ? [`Flag: -${flagOf(name)}`] : []),
  ];
  return [...wrapped(sentences.join(' ')), `#${name}=${defaultOf(variable)}`].join('\n');
}

function flagOf(name: string): string | undefined {
  return [...flags].find(([, { variable }]) => variable === name)?.[0];
}

/** Lines of a comment, none longer than the files here are. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = '#';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function defaultOf({ fallback }: AnyVariable): string {
  return typeof fallback === 'object' ? '' : String(fallback);
}

/** A page with its table made again. Meanings of another language are those that the page has. */
export function settingsPage(page: string, language: Language): string {
  const head = `| ${language.columns[0]} `;
  const lines = page.split('\n');
  const found = lines.findIndex((line) => line.startsWith(head));
  const first = found === -1 ? lines.length : found;
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  const after = end === -1 ? lines.length : end;
  const meanings = new Map(lines.slice(first, after).map(meaningIn));
  const rows = Object.entries<AnyVariable>(variables).map(([name, variable]) => {
    const initial = defaultOf(variable);
    const cells = [
      `\`${name}\``,
      initial === '' ? '' : `\`${initial}\``,
      taken(variable, language),
      language === english ? meaningOf(variable) : (meanings.get(name) ?? ''),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const table = [`| ${language.columns.join(' | ')} |`, '| --- | --- | --- | --- |', ...rows];
  return [...lines.slice(0, first), ...table, ...lines.slice(after)].join('\n');
}

/** A row's name and its last cell. */
function meaningIn(row: string): [name: string, meaning: string] {
  const cells = row.split('|').map((cell) => cell.trim());
  return [(cells[1] ?? '').replaceAll('`', ''), cells.at(-2) ?? ''];
}

function meaningOf({ meaning, former }: AnyVariable): string {
  return former === null
    ? meaning
    : `${meaning} \`${former}\` is its former name, which goes on working.`;
}

function taken({ range, words }: AnyVariable, { and, to, units }: Language): string {
  if (words) return words.map((choice) => `\`${choice}\``).join(and);
  if (!range) return '';
  const unit = range.unit ? ` ${units[range.unit] ?? range.unit}` : '';
  return `${range.min} ${to} ${range.max}${unit}`;
}
