/** Enough of XML for what we write: elements in pairs, attributes quoted and once each, no raw sign and no forbidden character. */
export const xmlFaults = (xml: string): readonly string[] => {
  const faults: string[] = [];
  const open: string[] = [];
  const tag = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[a-zA-Z][\w:-]*="[^"<]*")*)\s*(\/?)>/gy;
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const text = xml.slice(at, next < 0 ? undefined : next);
    if (/&(?!(?:amp|lt|gt|quot|#\d+);)|>/.test(text.replaceAll(/[^<]*\{[^<]*\}/g, ''))) faults.push(`text ${text.slice(0, 80)}`);
    if (next < 0) break;
    tag.lastIndex = next;
    const found = tag.exec(xml);
    if (found === null) return [...faults, `no element at ${xml.slice(next, next + 80)}`];
    const [whole, closing, name = '', attributes = '', single] = found;
    const names = [...attributes.matchAll(/([\w:-]+)=/g)].map(([, attribute]) => attribute);
    if (new Set(names).size !== names.length) faults.push(`an attribute twice: ${whole.slice(0, 80)}`);
    if (closing === '/' && open.pop() !== name) faults.push(`${name} closes what is not open`);
    if (closing === '' && single === '') open.push(name);
    at = next + whole.length;
  }
  if (open.length > 0) faults.push(`left open: ${open.join(', ')}`);
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(xml)) faults.push('a character that XML forbids');
  return faults;
};
