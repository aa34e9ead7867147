/**
 * Cuts a script as psql reads it into statements and COPY blocks, so that a dump loads without psql. Knows quotes,
 * dollar quotes, comments and `\.`; other psql commands (`\connect`, `\restrict`) are left out.
 */
export type ScriptPart = { readonly kind: 'statement'; readonly text: string } | { readonly kind: 'copy'; readonly text: string; readonly data: string };

export const scriptParts = (script: string): readonly ScriptPart[] => {
  const parts: ScriptPart[] = [];
  let at = 0;
  while (at < script.length) {
    const end = statementEnd(script, at);
    const text = withoutComments(script.slice(at, end));
    at = end;
    if (text === '' || text === ';') continue;
    if (!/^copy\b[\s\S]*from stdin;$/i.test(text)) {
      parts.push({ kind: 'statement', text });
      continue;
    }
    const start = script.indexOf('\n', at) + 1;
    const stop = script.startsWith('\\.', start) ? start : script.indexOf('\n\\.', start) + 1;
    parts.push({ kind: 'copy', text: text.slice(0, -1), data: script.slice(start, stop) });
    at = script.indexOf('\n', stop) < 0 ? script.length : script.indexOf('\n', stop) + 1;
  }
  return parts;
};

/** Whether a statement only fills the database: what a schema-only load leaves out. */
export const isData = (part: ScriptPart): boolean =>
  part.kind === 'copy' || /^(insert|update|begin|commit|set constraints|select\s+(pg_catalog\.)?setval)\b/i.test(part.text);

const tokens = /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|^\\[^\n]*|;/gm;

/** Position after the `;` that ends the statement starting at `from`. */
const statementEnd = (script: string, from: number): number => {
  tokens.lastIndex = from;
  for (let match = tokens.exec(script); match !== null; match = tokens.exec(script)) if (match[0] === ';') return tokens.lastIndex;
  return script.length;
};

const withoutComments = (text: string): string => text.replace(/^(?:\s+|--[^\n]*\n?|\/\*[\s\S]*?\*\/|\\[^\n]*(?:\n|$))+/, '').trim();
