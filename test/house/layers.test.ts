import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

type Report = { readonly diagnostics: readonly { readonly code: string; readonly filename: string; readonly message: string }[] };

/** A rule whose pattern matches nothing looks like a clean house, so every rule is shown something to find. */
describe('the layer rule', () => {
  let folder: string;
  const violations: readonly (readonly [file: string, imported: string])[] = [
    ['src/domain/run/a.ts', '../../infra/postgres/sql.ts'],
    ['src/domain/b.ts', 'zod'],
    ['src/domain/c.ts', 'node:crypto'],
    ['src/infra/archive/d.ts', '../../engine/load.ts'],
    ['src/infra/e.ts', '../events/store.ts'],
    ['src/engine/plan/f.ts', '../../events/store.ts'],
    ['src/engine/plan/g.ts', '../stage/stage.ts'],
    ['src/engine/h.ts', '../schema/builder.ts'],
    ['src/events/log/i.ts', '../../schema/builder.ts'],
    ['src/schema/j.ts', '../cli/main.ts'],
    ['src/schema/k.ts', '../app.ts'],
    ['src/app.ts', './cli/main.ts'],
    ['src/main.ts', './cli/main.ts'],
  ];
  const allowed: readonly (readonly [file: string, imported: string])[] = [
    ['src/infra/m.ts', '../domain/run/events.ts'],
    ['src/engine/plan/n.ts', '../load.ts'],
    ['src/engine/plan/o.ts', './plan.sql.ts'],
    ['src/events/p.ts', '../engine/plan/plan.ts'],
    ['src/cli/q.ts', '../app.ts'],
    ['src/cli/commands/s.ts', '../../main.ts'],
    ['src/domain/run/r.ts', '../../domain/run/events.ts'],
  ];
  let found: readonly string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-layers-'));
    await copyFile(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const [file, imported] of [...violations, ...allowed]) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `import { x } from '${imported}';\nexport const y = x;\n`);
    }
    const { stdout } = await run(join(root, 'node_modules/.bin/oxlint'), ['--format=json', 'src'], { cwd: folder }).catch((error: { stdout: string }) => error);
    const { diagnostics } = JSON.parse(stdout) as Report;
    found = diagnostics.filter(({ code }) => code.includes('no-restricted-imports')).map(({ filename }) => filename.replaceAll('\\', '/'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(violations)('forbids %s to import %s', (file) => {
    expect(found).toContain(file);
  });

  it.each(allowed)('lets %s import %s', (file) => {
    expect(found).not.toContain(file);
  });
});
