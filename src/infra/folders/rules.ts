import picomatch from 'picomatch';
import { expandedName } from '../../domain/inbox/file-name.ts';
import type { FileRule } from '../../domain/inbox/rules.ts';
import { Refusal } from '../../domain/refusal.ts';

export type RuleFinder = (folder: FileRule['folder'], name: string) => FileRule | undefined;

const invalid = (rule: FileRule, why: string): Refusal =>
  new Refusal('RULE_INVALID', `The rule for ${JSON.stringify(rule.match)} in waybill.config.ts is not usable: ${why}.`, { match: rule.match });

const matcherOf = (rule: FileRule): ((name: string) => boolean) => {
  if (rule.match.includes('/') || rule.match.includes('\\')) throw invalid(rule, 'it is held against the name of a file, which has no folder in it');
  try {
    return picomatch(rule.match, { dot: false, nobrace: false, nonegate: true });
  } catch (error) {
    throw invalid(rule, error instanceof Error ? error.message : 'it is no pattern');
  }
};

/** The first rule that matches counts. `products*.jsonl` matches `products.jsonl.gz` too: what counts is inside. */
export const createRuleFinder = (rules: readonly FileRule[]): RuleFinder => {
  const matchers = rules.map((rule) => ({ rule, matches: matcherOf(rule) }));
  return (folder, name) => matchers.find(({ rule, matches }) => rule.folder === folder && (matches(name) || matches(expandedName(name))))?.rule;
};
