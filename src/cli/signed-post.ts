import { createHash, randomUUID } from 'node:crypto';
import { signatureHeader, signRequest } from '../infra/http/signature.ts';

/** Requests as they go; once the server has asked for signatures, all of them signed. */
export const createPost = (
  url: string,
  key: string | undefined,
  headers: Readonly<Record<string, string>>,
): ((body: string | FormData) => Promise<Response>) => {
  let isSigning = false;
  const plain = (body: string | FormData): Promise<Response> =>
    fetch(url, { method: 'POST', headers: typeof body === 'string' ? { ...headers, 'content-type': 'application/json' } : headers, body });
  const signed = async (body: string | FormData, by: string): Promise<Response> => {
    // A form gets its boundary when it is written out: what is signed must be what is sent.
    const written = new Response(body);
    const bytes = Buffer.from(await written.arrayBuffer());
    const bodySha256 = createHash('sha256').update(bytes).digest('hex');
    const signature = signRequest(by, { method: 'POST', path: '/graphql', bodySha256, now: Date.now(), nonce: randomUUID() });
    const type = typeof body === 'string' ? 'application/json' : (written.headers.get('content-type') ?? '');
    return fetch(url, { method: 'POST', headers: { ...headers, 'content-type': type, [signatureHeader]: signature }, body: bytes });
  };
  return async (body) => {
    if (key === undefined) return plain(body);
    if (isSigning) return signed(body, key);
    const response = await plain(body);
    if (response.status !== 401) return response;
    // Nothing was done: a mutation without its signature does not begin.
    if (!/"SIGNATURE_MISSING"/.test(await response.clone().text())) return response;
    isSigning = true;
    return signed(body, key);
  };
};
