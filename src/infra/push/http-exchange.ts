import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Fault } from '../../domain/refusal.ts';

/** One request and its whole answer. `fetch` has no timer for a body that nobody takes, which is how a dead network looks. */
export type Exchange = (asking: {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Longest silence after the last byte of the body, when the server is at work. */
  readonly answerMs?: number;
}) => Promise<Answer>;
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string };

export type ExchangeOptions = {
  readonly connections: number;
  /** Longest silence in either direction. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
};

const mostAnswerBytes = 1024 * 1024;

const unreachable = (url: URL, how: string, cause?: unknown): Fault =>
  new Fault('SERVER_UNREACHABLE', `The server ${url.origin} ${how}. Check that it runs, the network, and API_SERVER_URL.`, { retryable: true, cause });

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : error.message);

const readAnswer = async (response: IncomingMessage, url: URL): Promise<Answer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostAnswerBytes) throw unreachable(url, 'answers with more than a megabyte, which is not how Waybill answers');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString('utf8') };
};

export const createExchange = ({ connections, idleMs, signal }: ExchangeOptions): { readonly exchange: Exchange; close(): void } => {
  const agents = { plain: new HttpAgent({ keepAlive: true, maxSockets: connections }), secure: new HttpsAgent({ keepAlive: true, maxSockets: connections }) };
  const exchange: Exchange = ({ method, url, headers, body, answerMs = idleMs }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:';
      const length = body === undefined ? {} : { 'content-length': String(body.byteLength) };
      const options = { method, headers: { ...headers, ...length }, signal, timeout: idleMs };
      const request = isSecure ? httpsRequest(url, { ...options, agent: agents.secure }) : httpRequest(url, { ...options, agent: agents.plain });
      let isAnswered = false;
      request.on('timeout', () => request.destroy(unreachable(url, `was silent for ${Math.round(answerMs / 1000)} seconds`)));
      request.on('finish', () => request.setTimeout(answerMs));
      request.on('response', (response) => {
        // Said before the body was through: whoever refuses closes the connection, and our write then fails behind the answer.
        isAnswered = true;
        readAnswer(response, url).then(resolve, (error: Error) => reject(error instanceof Fault ? error : unreachable(url, 'broke off its answer', error)));
      });
      request.on('error', (error) => {
        if (isAnswered) return;
        reject(error instanceof Fault || signal.aborted ? error : unreachable(url, `cannot be reached (${codeOf(error)})`, error));
      });
      request.end(body);
    });
  return { exchange, close: () => [agents.plain, agents.secure].forEach((agent) => agent.destroy()) };
};
