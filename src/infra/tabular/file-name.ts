/** What a file's name says of its content. */
const endings: Readonly<Record<string, 'csv' | 'jsonl'>> = { csv: 'csv', tsv: 'csv', tab: 'csv', jsonl: 'jsonl', ndjson: 'jsonl', json: 'jsonl' };

const withoutCompression = (name: string): string => name.replace(/\.(?:gz|zst)$/i, '');

export const kindOfName = (name: string): 'csv' | 'jsonl' | undefined => endings[/\.([^./\\]+)$/.exec(withoutCompression(name))?.[1]?.toLowerCase() ?? ''];

/** `data_exchange/workspace.csv`, `workspace~3fa2b1c0.csv` (a second file of that name) and `workspace.csv.gz` are about workspace. */
export const tableOfName = (name: string): string =>
  withoutCompression(name.replace(/^.*[/\\]/s, ''))
    .replace(/\.(?:csv|tsv|tab|txt|jsonl|ndjson|json)$/i, '')
    .replace(/~[0-9a-f]{8}$/, '');
