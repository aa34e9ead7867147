import { Decrypter } from 'age-encryption';
import { Refusal } from '../../domain/refusal.ts';
import { maxScryptWorkFactor } from './format.ts';
import { peek } from './peek.ts';
import { corrupt, encrypted, overLimit } from './refusals.ts';
import { webStream } from './web-stream.ts';

const versionLine = 'age-encryption.org/v1\n';

export const isAge = (head: Buffer): boolean => head.toString('latin1', 0, versionLine.length) === versionLine;

/** Work factor of a passphrase, which must be the only stanza; read before the library spends the time it asks for. */
const workFactorOf = (head: Buffer): number | undefined => {
  const found = /^-> scrypt \S+ (\d+)$/m.exec(head.toString('latin1'));
  return found?.[1] === undefined ? undefined : Number(found[1]);
};

const createDecrypter = (keys: { readonly identities: readonly string[]; readonly passphrases: readonly string[] }): Decrypter => {
  const decrypter = new Decrypter();
  try {
    for (const identity of keys.identities) decrypter.addIdentity(identity.trim());
    for (const passphrase of keys.passphrases) decrypter.addPassphrase(passphrase);
  } catch {
    throw new Refusal('IDENTITY_INVALID', 'One of the given identities is no age identity. An identity file holds lines that begin with AGE-SECRET-KEY-.');
  }
  return decrypter;
};

const translateHeader = (error: unknown): Refusal => {
  const reason = error instanceof Error ? error.message : '';
  if (reason.startsWith('no identity matched')) return encrypted('none of the given identities opens it');
  return corrupt('its age header does not decode');
};

/** Every chunk is authenticated, the last one marked as such: a changed, missing, moved or cut chunk fails here. */
async function* authenticated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw corrupt('its encrypted data was changed or cut short');
  }
}

export const decrypt = async (
  source: AsyncIterable<Buffer>,
  keys: { readonly identities: readonly string[]; readonly passphrases: readonly string[] },
): Promise<AsyncIterable<Uint8Array>> => {
  const { head, whole } = await peek(source, versionLine.length + 256);
  const workFactor = workFactorOf(head);
  if (workFactor !== undefined && workFactor > maxScryptWorkFactor) {
    throw overLimit(`its passphrase has the work factor ${workFactor}, more than ${maxScryptWorkFactor}`, 'nothing: encrypt it again with `age -p`');
  }
  if (keys.identities.length + keys.passphrases.length === 0) throw encrypted(workFactor === undefined ? 'no identity was given' : 'it needs a passphrase');
  const decrypter = createDecrypter(keys);
  try {
    return authenticated(await decrypter.decrypt(webStream(whole)));
  } catch (error) {
    throw translateHeader(error);
  }
};
