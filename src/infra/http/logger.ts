import { styleText } from 'node:util';
import pino, { type Logger } from 'pino';
import { Failure } from '../../domain/refusal.ts';
import { sqlStateOf } from '../postgres/errors.ts';
import { requestScope } from './request-scope.ts';

export type { Logger } from 'pino';

/** JSON lines; on a terminal one readable line each. Both on standard error: standard output belongs to results. */
export const createLogger = (level: string, readable = process.stderr.isTTY === true): Logger => {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: () => {
      const scope = requestScope.getStore();
      return scope === undefined ? {} : { requestId: scope.requestId };
    },
  };
  return readable
    ? pino(options, { write: (line: string) => void process.stderr.write(readableLine(line)) })
    : pino(options, pino.destination({ dest: 2, sync: true }));
};

const colours = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red', fatal: 'red' } as const;
const isLevel = (level: unknown): level is keyof typeof colours => typeof level === 'string' && Object.hasOwn(colours, level);

/** Escapes whatever could move the cursor: a log line is one line. */
const plain = (value: unknown): string =>
  (typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)?.replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?')) ?? '';

const readableLine = (line: string): string => {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const label = isLevel(level) ? styleText(colours[level], level.padEnd(5)) : String(level);
  const facts = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  return `${String(time).slice(11, 19)} ${label} ${plain(msg).replace(/^"|"$/g, '')}${facts.length === 0 ? '' : ` ${styleText('gray', facts.join(' '))}`}\n`;
};

const framesOf = (error: Error): readonly string[] =>
  (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .slice(0, 8);

/**
 * What may be logged of a failure. The words of PostgreSQL quote values of rows, so of those failures only code and
 * names stay; our own refusals speak of what the caller sent and are for the caller.
 */
export const failureForLog = (error: unknown): Readonly<Record<string, unknown>> => {
  if (!(error instanceof Error)) return { error: typeof error };
  const state = sqlStateOf(error);
  if (state !== undefined) return { code: error instanceof Failure ? error.code : 'DATABASE_ERROR', ...state, frames: framesOf(error) };
  if (error instanceof Failure && error.kind !== 'defect') return { kind: error.kind, code: error.code };
  return { error: error.name, message: error.message, frames: framesOf(error) };
};
