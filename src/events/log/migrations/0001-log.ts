import { Migration } from '@mikro-orm/migrations';
import { createAppend } from './0001-append.sql.ts';
import { createProject } from './0001-project.sql.ts';
import { createTables } from './0001-tables.sql.ts';

export class Migration0001Log extends Migration {
  override name = '0001-log';
  override up(): void {
    for (const statement of [...createTables, ...createProject, ...createAppend]) this.addSql(statement);
  }
}
