/** One column: its name, and what stands in it. */
export type CsvColumn<Row> = readonly [name: string, value: (row: Row) => string | number | null | undefined];

/** Rows as comma-separated values, with a line of names. */
export function csvOf<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map(([name]) => cell(name)), ...rows.map((row) => columns.map(([, value]) => cell(value(row))))];
  return `${lines.map((line) => line.join(",")).join("\r\n")}\r\n`;
}

function cell(value: string | number | null | undefined): string {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  // A spreadsheet would run these as formulas, and names are chosen by others.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Hands a text to the browser as a file for a spreadsheet. */
export function downloadCsv(text: string, name: string): void {
  // The mark makes spreadsheets read UTF-8.
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
