import { builder } from './builder.ts';
import './conflicts.ts';
import './database.ts';
import './event.ts';
import './export.ts';
import './history.ts';
import './import.ts';
import './log.ts';
import './merge.ts';
import './replay.ts';
import './rollback.ts';
import './run.ts';
import './run-outcome.ts';
import './run-steering.ts';
import './scalars.ts';
import './upload.ts';
import './verify-data.ts';

export const schema = builder.toSchema();
