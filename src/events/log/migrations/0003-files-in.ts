import { Migration } from '@mikro-orm/migrations';
import { addTables, projectFilesIn } from './0003-files-in.sql.ts';

/** API keys; files that arrive in the inbox; links, seeds and retention, which are in the log alone. */
export class Migration0003FilesIn extends Migration {
  override name = '0003-files-in';
  override up(): void {
    for (const statement of [...addTables, ...projectFilesIn]) this.addSql(statement);
  }
}
