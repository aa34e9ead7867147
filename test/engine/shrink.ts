/**
 * The smallest case that still fails in the same way: candidates are tried in order, the first that fails becomes the case,
 * until none does or the time is over.
 */
export const shrink = async <Case>(
  failing: Case,
  smaller: (found: Case) => Iterable<Case>,
  { stillFails, milliseconds }: { readonly stillFails: (candidate: Case) => Promise<boolean>; readonly milliseconds: number },
): Promise<Case> => {
  const until = Date.now() + milliseconds;
  let smallest = failing;
  for (let found = true; found;) {
    found = false;
    for (const candidate of smaller(smallest)) {
      if (Date.now() > until) return smallest;
      if (!(await stillFails(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
};

/** A list without some of its items: halves first, then one by one. */
export function* without<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let size = Math.floor(items.length / 2); size > 1; size = Math.floor(size / 2))
    for (let from = 0; from < items.length; from += size) yield [...items.slice(0, from), ...items.slice(from + size)];
  for (const index of items.keys()) yield items.filter((_, other) => other !== index);
}
