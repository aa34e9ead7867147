import type { Page } from '../events/store.ts';
import { builder } from './builder.ts';
import { positionOf } from './cursor.ts';
import { clampPage, pageSize } from './limits.ts';

/** Every list is read forwards: `first` things after a cursor. */
export const pageArgs = builder.args((t) => ({
  first: t.int({ description: `How many; at most ${pageSize.most}. Default ${pageSize.usual}.` }),
  after: t.string({ description: 'Only what follows this cursor (`pageInfo.endCursor` of the page before).' }),
}));
export type PageArgs = { readonly first?: number | null | undefined; readonly after?: string | null | undefined };

export type Connection<Node> = {
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
};

/** One page out of a reader that is asked for one thing more than is shown. */
export const readPage = async <Node>(
  args: PageArgs,
  read: (limit: number) => Promise<readonly Node[]>,
  cursorOf: (node: Node) => string,
): Promise<Connection<Node>> => {
  const size = clampPage(args.first);
  const nodes = await read(size + 1);
  const edges = nodes.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: nodes.length > size,
      hasPreviousPage: args.after !== undefined && args.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? args.after ?? null,
    },
  };
};

export const pageRequestOf = ({ first, after }: PageArgs): { readonly first: number; readonly after?: string } => ({
  first: clampPage(first),
  ...(after === null || after === undefined || after === '' ? {} : { after: String(positionOf(after)) }),
});

/** A page of the store's lists, whose rows know their cursors. */
export const connectionOf = <Row extends { readonly cursor: string }>(page: Page<Row>, after: string | null | undefined): Connection<Row> => ({
  edges: page.rows.map((row) => ({ cursor: row.cursor, node: row })),
  pageInfo: {
    hasNextPage: page.hasNextPage,
    hasPreviousPage: after !== undefined && after !== null,
    startCursor: page.rows[0]?.cursor ?? null,
    endCursor: page.endCursor ?? after ?? null,
  },
});
