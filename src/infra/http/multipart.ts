import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { Refusal } from '../../domain/refusal.ts';

/** The one file of a multipart body, as it comes. */
export type FilePart = {
  readonly name: string;
  readonly source: AsyncIterable<Uint8Array>;
  /** Settles when the whole body was read; fails when it broke off or held more than one file. */
  readonly whole: Promise<void>;
  /** Reads no more of the body. */
  leave(): void;
};

const refused = (what: string, advice: string): Refusal => new Refusal('MULTIPART_REFUSED', `${what} Nothing was stored. ${advice}`);

const limits = { files: 1, fields: 10, fieldSize: 4096, fieldNameSize: 100, parts: 12, headerPairs: 20, headerSize: 8192 };

const parserOf = (headers: IncomingHttpHeaders): InstanceType<typeof Busboy> => {
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    throw refused('The body is not multipart/form-data with a boundary.', 'Let the client write the content-type, as `curl -F file=@NAME` does.');
  }
};

const translated = (error: unknown): unknown =>
  error instanceof Error && /multipart|boundary|Part terminated|header/i.test(error.message)
    ? refused('The body is no complete multipart message.', 'Send it again.')
    : error;

async function* readable(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw translated(error);
  }
}

/** Resolves when the file begins; fails when there is none. */
export const readFilePart = async (headers: IncomingHttpHeaders, body: AsyncIterable<Uint8Array>): Promise<FilePart> => {
  const parser = parserOf(headers);
  const reading = Readable.from(body, { objectMode: false });
  let tooMany = false;
  const found = new Promise<Pick<FilePart, 'name' | 'source'>>((resolve) => {
    parser.on('file', (_field, source, name) => {
      // Whoever is not reading yet learns of it through `whole`; without a listener it would end the process.
      source.on('error', () => undefined);
      resolve({ name, source: readable(source) });
    });
  });
  for (const limit of ['filesLimit', 'partsLimit', 'fieldsLimit'] as const) parser.on(limit, () => (tooMany = true));
  const whole = pipeline(reading, parser).then(
    () => {
      if (tooMany) throw refused('The body has more than one file, or too many fields.', 'Send one file in each request.');
    },
    (error: unknown) => {
      throw translated(error);
    },
  );
  whole.catch(() => undefined);
  const part = await Promise.race([found, whole.then(() => undefined)]);
  if (part === undefined) throw refused('The body has no file.', 'Send one part with a filename, as `curl -F file=@NAME` does.');
  return { ...part, whole, leave: () => void reading.destroy() };
};
