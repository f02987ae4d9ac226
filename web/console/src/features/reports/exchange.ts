/** A request or response laid out for reading: JSON is indented, wherever in the text it begins. */
export function laidOut(text: string): string {
  const lines = text.replaceAll("\r\n", "\n");
  const whole = indented(lines);
  if (whole !== undefined) return whole;
  // Head and body of an exchange are parted by a blank line.
  const gap = lines.indexOf("\n\n");
  if (gap < 0) return lines;
  const body = indented(lines.slice(gap + 2));
  return body === undefined ? lines : `${lines.slice(0, gap)}\n\n${body}`;
}

function indented(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}
