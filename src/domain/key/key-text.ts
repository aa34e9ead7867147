import { scopes, type Scope } from './key.ts';

/**
 * How a key looks: `wb_<live|dev|test>_<26 of its id><43 of its secret><6 of a checksum>`. The id is public (it is the
 * key's stream in the log); the checksum lets a typo be told from a key without asking anybody; the whole can be found by
 * a scanner for secrets.
 */
export const keyPattern = /\bwb_(live|dev|test)_([0-9A-HJKMNP-TV-Z]{26})([A-Za-z0-9_-]{43})([0-9A-Za-z]{6})(?![A-Za-z0-9_-])/;

export type KeyLabel = 'live' | 'dev' | 'test';
export type KeyParts = { readonly label: KeyLabel; readonly keyId: string; readonly secret: string };

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const crcTable: readonly number[] = Array.from({ length: 256 }, (_none, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value >>> 0;
});

const checksumOf = (text: string): string => {
  let crc = 0xff_ff_ff_ff;
  for (let at = 0; at < text.length; at += 1) crc = (crcTable[(crc ^ text.charCodeAt(at)) & 0xff] ?? 0) ^ (crc >>> 8);
  let rest = (crc ^ 0xff_ff_ff_ff) >>> 0;
  let shown = '';
  for (let place = 0; place < 6; place += 1) {
    shown = `${digits.charAt(rest % 62)}${shown}`;
    rest = Math.floor(rest / 62);
  }
  return shown;
};

/** `secret`: 32 random bytes as base64url. */
export const writeKey = ({ label, keyId, secret }: KeyParts): string => {
  const body = `wb_${label}_${keyId}${secret}`;
  return `${body}${checksumOf(body)}`;
};

const isLabel = (text: string | undefined): text is KeyLabel => text === 'live' || text === 'dev' || text === 'test';

/** `other` is no key of this form; `mistyped` looks like one, and its checksum says that a character is wrong. */
export const readKey = (shown: string): KeyParts | 'other' | 'mistyped' => {
  const found = keyPattern.exec(shown);
  const [whole, label, keyId, secret, checksum] = found ?? [];
  if (whole !== shown) return /^wb_(live|dev|test)_/.test(shown) ? 'mistyped' : 'other';
  if (!isLabel(label) || keyId === undefined || secret === undefined) return 'mistyped';
  return checksumOf(shown.slice(0, -6)) === checksum ? { label, keyId, secret } : 'mistyped';
};

const known: ReadonlySet<string> = new Set(scopes);
export const isScope = (text: string): text is Scope => known.has(text);
