import { Migration } from '@mikro-orm/migrations';
import { projectSnapshots } from './0004-snapshots.sql.ts';

/** What snapshots say of themselves. */
export class Migration0004Snapshots extends Migration {
  override name = '0004-snapshots';
  override up(): void {
    for (const statement of projectSnapshots) this.addSql(statement);
  }
}
