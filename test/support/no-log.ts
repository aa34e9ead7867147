import type { MeetingPorts } from '../../src/events/projectors/database/meet-database.ts';

/** A log that has never heard of any database, and knows every run. */
export const noLog: MeetingPorts['log'] = {
  storeId: async () => '01J00000000000000000000000',
  writtenOn: async () => [],
  unknown: async () => [],
  restored: async () => undefined,
};
