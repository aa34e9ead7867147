import type { LinkEvent, Metadata } from '../domain/run/events.ts';
import { toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute, type Positioned } from './execute.ts';
import { newId } from './log/append.ts';

/** Download links: the log says who made one for what; the link itself is nowhere. */
export const createLinkStore = (context: StoreContext) => ({
  linkMade: (link: LinkEvent['data'], meta: Metadata, idempotencyKey?: string): Promise<{ readonly linkId: string } & Positioned> =>
    execute(context, { name: 'make link', input: link, meta, idempotencyKey }, async () => {
      const linkId = newId();
      const stream = `link-${linkId}`;
      return { events: toAppend(stream, [{ type: 'LinkMade', data: link }], meta), expected: { [stream]: { kind: 'none' } }, answer: { linkId }, standsAt: 0 };
    }),
});
