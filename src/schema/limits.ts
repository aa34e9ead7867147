/** Bounds that the schema states and the server holds (CHECKS S2-S7). */
export const pageSize = { usual: 50, most: 500 } as const;

/** Sum over the asked fields, a connection's multiplied by the size of its page. The CLI's largest operation costs about 3,000. */
export const complexityLimit = 15_000;

/** A page size that somebody asked for, brought into bounds. */
export const clampPage = (asked: number | null | undefined): number => Math.min(Math.max(asked ?? pageSize.usual, 1), pageSize.most);
