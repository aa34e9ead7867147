import { assertNever, Refusal } from '../refusal.ts';
import type { InboxEvent } from '../run/events.ts';

/**
 * One file that arrived: waiting -> taken by a run -> imported or failed. A failed one waits again when somebody says so;
 * one that waits or failed is rejected; one that somebody else took away is gone. What is imported, rejected or gone stays so:
 * the same name may arrive again, as another file.
 */
export const inboxStates = ['waiting', 'taken', 'imported', 'failed', 'rejected', 'gone'] as const;
export type InboxState = (typeof inboxStates)[number];

export type Arrived = Extract<InboxEvent, { type: 'InboxFileArrived' }>['data'];
type Taken = Extract<InboxEvent, { type: 'InboxFileTaken' }>['data'];
type Settled = Extract<InboxEvent, { type: 'InboxFileSettled' }>['data'];

export type InboxFile =
  | { readonly state: 'none' }
  | {
      readonly state: InboxState;
      readonly arrived: Arrived;
      /** The run that has it, or had it last. */
      readonly run?: string;
      readonly rule?: string;
    };

export type InboxCommand =
  | { readonly type: 'Arrive'; readonly arrived: Arrived }
  | { readonly type: 'Take'; readonly taken: Taken }
  | { readonly type: 'Settle'; readonly settled: Settled }
  | { readonly type: 'Reject'; readonly reason: string }
  | { readonly type: 'Retry' }
  | { readonly type: 'Miss' };

/** Whether its file should still lie where it arrived; `keeps`: the rule leaves imported files there. */
export const lies = (state: InboxState, keeps: boolean): boolean =>
  state === 'waiting' || state === 'taken' || state === 'failed' || (state === 'imported' && keeps);

export const noInboxFile: InboxFile = { state: 'none' };

export const evolveInboxFile = (file: InboxFile, event: InboxEvent): InboxFile => {
  if (event.type === 'InboxFileArrived') return { state: 'waiting', arrived: event.data };
  if (file.state === 'none') return file;
  switch (event.type) {
    case 'InboxFileTaken':
      return { state: 'taken', arrived: file.arrived, run: event.data.run, ...(event.data.rule === undefined ? {} : { rule: event.data.rule }) };
    case 'InboxFileSettled':
      return { ...file, state: event.data.state };
    case 'InboxFileRejected':
      return { ...file, state: 'rejected' };
    case 'InboxFileRetried':
      return { ...file, state: 'waiting' };
    case 'InboxFileGone':
      return { ...file, state: 'gone' };
    default:
      return assertNever(event);
  }
};

const words: Readonly<Record<InboxState, string>> = {
  waiting: 'waits',
  taken: 'is being imported',
  imported: 'is imported',
  failed: 'failed',
  rejected: 'was rejected',
  gone: 'is not there any more',
};

const settled = (file: Exclude<InboxFile, { state: 'none' }>, advice: string): Refusal =>
  new Refusal('INBOX_FILE_SETTLED', `The file ${file.arrived.name} ${words[file.state]}. ${advice}`, { name: file.arrived.name, state: file.state });

const unknown = (): Refusal => new Refusal('INBOX_FILE_UNKNOWN', 'There is no such file in the inbox. `waybill inbox` lists them.');

/** Commands of the watcher that find the file further than they thought say nothing; a person is told. */
export const decideInboxFile = (file: InboxFile, command: InboxCommand): readonly InboxEvent[] => {
  if (command.type === 'Arrive') return file.state === 'none' ? [{ type: 'InboxFileArrived', data: command.arrived }] : [];
  if (file.state === 'none') throw unknown();
  const isOpen = file.state === 'waiting' || file.state === 'failed';
  switch (command.type) {
    case 'Take':
      if (!isOpen) throw settled(file, 'Put it into the folder again to import it again.');
      return [{ type: 'InboxFileTaken', data: command.taken }];
    case 'Settle': {
      const isDue = command.settled.run === undefined ? file.state === 'waiting' : file.state === 'taken' && file.run === command.settled.run;
      return isDue ? [{ type: 'InboxFileSettled', data: command.settled }] : [];
    }
    case 'Reject':
      if (!isOpen) throw settled(file, 'Only a file that waits or failed can be rejected.');
      return [{ type: 'InboxFileRejected', data: { reason: command.reason } }];
    case 'Retry':
      if (file.state === 'waiting') return [];
      if (file.state !== 'failed') throw settled(file, 'Only a file that failed can be tried again.');
      return [{ type: 'InboxFileRetried', data: {} }];
    case 'Miss':
      return isOpen ? [{ type: 'InboxFileGone', data: {} }] : [];
    default:
      return assertNever(command);
  }
};
