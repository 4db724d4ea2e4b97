/**
 * Takes out of an output what no two runs have in common: ids, addresses, moments and ages, and ports that an engine chose.
 * Equal things stay equal: each kind is numbered in the order in which it appears in this text.
 */
export function normalise(text: string): string {
  const numbered = (kind: string) => {
    const seen: string[] = [];
    return (found: string) => {
      let index = seen.findIndex((known) => known.startsWith(found) || found.startsWith(known));
      if (index < 0) index = seen.push(found) - 1;
      return `<${kind} ${index + 1}>`;
    };
  };
  return (
    text
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d( UTC)?)?/g, '<moment>')
      .replace(/\b(Less than a second|About an? (minute|hour)|\d+ (seconds?|minutes?))( ago)?/g, '<age>$4')
      // An id of twelve digits that is all decimal would read as a number, and is one in 300.
      .replace(/\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b/g, numbered('id'))
      .replace(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, numbered('mac'))
      .replace(/\b(?!0\.0\.0\.0|127\.0\.0\.1|93\.184\.)\d{1,3}(\.\d{1,3}){3}\b/g, numbered('ip'))
      .replace(/(?<=[:"])(3[2-9]\d{3}|[4-6]\d{4})\b/g, numbered('port'))
      // Columns are as wide as what stands in them.
      .replace(/ {2,}/g, '  ')
      .replace(/[ \t]+$/gm, '')
  );
}
