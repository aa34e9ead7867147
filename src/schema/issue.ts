import type { Issue } from '../domain/issue.ts';
import { builder } from './builder.ts';

/** One row that cannot go in, read from the run's issue file. */
export const IssueType = builder.objectRef<Issue>('Issue').implement({
  description: 'One row that cannot go in: code, place and reason.',
  fields: (t) => ({
    code: t.exposeString('code', { description: '`type.invalid`, `value.missing`, `check.violated`, `reference.missing`, ...' }),
    table: t.exposeString('table', { description: '`schema.table`.' }),
    row: t.field({
      type: 'Long',
      nullable: true,
      resolve: (issue) => issue.row,
      description: 'Row of this table in the archive, from 1; null when the whole table is meant.',
    }),
    line: t.field({
      type: 'Long',
      nullable: true,
      resolve: (issue) => issue.line,
      description: 'Line of the file on which the row begins, from 1; of single files.',
    }),
    position: t.exposeInt('position', { nullable: true, description: 'Character in the line at which the reader found it, from 1; of single files.' }),
    column: t.exposeString('column', { nullable: true, description: 'The column, where one is at fault.' }),
    constraint: t.exposeString('constraint', { nullable: true, description: 'The constraint, where one is violated.' }),
    value: t.exposeString('value', { nullable: true, description: 'The offending value as text, cut at 200 characters.' }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
  }),
});
