import type { StoreContext } from './context.ts';

/** API keys as the log has them, and their secrets beside it. What stands here is part of the store. */
export const createKeyStore = (_context: StoreContext) => ({});
