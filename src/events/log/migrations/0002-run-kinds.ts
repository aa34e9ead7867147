import { Migration } from '@mikro-orm/migrations';
import { extendTables, replaceProject } from './0002-run-kinds.sql.ts';

/** Merge, replace, rollback and replay; words on conflicts; runs taken back, and runs lost with a restored database. */
export class Migration0002RunKinds extends Migration {
  override name = '0002-run-kinds';
  override up(): void {
    for (const statement of [...extendTables, ...replaceProject]) this.addSql(statement);
  }
}
