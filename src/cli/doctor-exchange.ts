import { randomUUID } from 'node:crypto';
import { hasNonce, newNonce, removeNonce, writeNonce } from '../infra/folders/nonce.ts';
import type { Config } from '../infra/config.ts';
import { accepted, type Client } from './client.ts';
import { exitCode, type ExitCode } from './exit.ts';
import { exchangeNonceQuery, writeNonceMutation } from './operations/inbox.ts';
import type { Output } from './output.ts';

type Sight = { readonly ok: boolean; readonly detail: string };

const failed = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));

/** What is written here: does the server see it? */
const seenThere = async (client: Client, folder: string): Promise<Sight> => {
  const nonce = newNonce();
  try {
    await writeNonce(folder, nonce);
  } catch (error) {
    return { ok: false, detail: `Nothing can be written to ${folder} here (${failed(error)}). Change its owner or mode, or set WAYBILL_EXCHANGE_DIR.` };
  }
  try {
    const { exchangeNonce } = await client.execute(exchangeNonceQuery, { nonce });
    return exchangeNonce
      ? { ok: true, detail: `The server sees what is written to ${folder} here.` }
      : {
          ok: false,
          detail: `The server does not see what is written to ${folder} here: it looks at another folder. Compare the bind mount with WAYBILL_EXCHANGE_DIR on both sides.`,
        };
  } finally {
    await removeNonce(folder, nonce);
  }
};

/** And the other way round. */
const seenHere = async (client: Client, folder: string): Promise<Sight> => {
  const nonce = newNonce();
  const say = async (remove: boolean): Promise<void> =>
    void accepted((await client.execute(writeNonceMutation, { input: { nonce, remove }, idempotencyKey: randomUUID() })).writeExchangeNonce);
  try {
    await say(false);
  } catch (error) {
    return { ok: false, detail: `The server could not write to its exchange folder: ${error instanceof Error ? error.message : String(error)}` };
  }
  try {
    return (await hasNonce(folder, nonce))
      ? { ok: true, detail: `What the server writes is seen in ${folder} here.` }
      : { ok: false, detail: `What the server writes to its exchange folder is not in ${folder} here: it is another folder.` };
  } finally {
    await say(true);
  }
};

/** Host and container see the same folder when each finds what the other wrote. */
export const checkExchange = async (client: Client, { exchangeDir }: Config, output: Output): Promise<ExitCode> => {
  const sights = [await seenThere(client, exchangeDir), await seenHere(client, exchangeDir)];
  for (const { ok, detail } of sights) output.line(`${ok ? 'ok      ' : 'PROBLEM '} exchange: ${detail}`);
  const isSame = sights.every(({ ok }) => ok);
  output.json({ ok: isSame, exchange: sights });
  return isSame ? exitCode.done : exitCode.fault;
};
