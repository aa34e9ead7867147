import { createHash } from 'node:crypto';
import type { Catalogue } from '../../domain/catalogue/catalogue.ts';
import { fingerprintText } from '../../domain/catalogue/fingerprint.ts';

/** SHA-256 of what a catalogue says about how rows fit it; of the named tables (`schema.table`) only, or of all. */
export const fingerprint = (catalogue: Pick<Catalogue, 'tables' | 'sequences' | 'enums'>, only?: ReadonlySet<string>): string =>
  createHash('sha256').update(fingerprintText(catalogue, only)).digest('hex');
