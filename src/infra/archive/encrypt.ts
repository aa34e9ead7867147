import { Encrypter, identityToRecipient } from 'age-encryption';
import { Refusal } from '../../domain/refusal.ts';
import { webStream } from './web-stream.ts';

/** `age1...` public keys; refused before anything is exported. */
export const checkRecipients = (recipients: readonly string[]): void => void createEncrypter(recipients);

const createEncrypter = (recipients: readonly string[]): Encrypter => {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new Refusal('RECIPIENT_INVALID', `${recipient.slice(0, 20)}... is no age recipient. A recipient begins with age1; age-keygen prints it.`);
    }
  }
  return encrypter;
};

export async function* encrypt(source: AsyncIterable<Uint8Array>, recipients: readonly string[]): AsyncGenerator<Uint8Array> {
  yield* await createEncrypter(recipients).encrypt(webStream(source));
}

/** The public half of an identity: what was opened with it can be closed for it again. */
export const recipientOf = (identity: string): Promise<string> => identityToRecipient(identity);
