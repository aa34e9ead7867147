import type { StoreContext } from './context.ts';

/** Files that arrive in the inbox, from the first look to the run that took them. What stands here is part of the store. */
export const createInboxStore = (_context: StoreContext) => ({});
