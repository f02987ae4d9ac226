/** Reads text from the address; anything else counts as absent. */
export function textParam(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

/** Reads a page number from the address, 1 when there is none. */
export function pageParam(value: unknown): number {
  const page = Number(value);
  return Number.isInteger(page) && page > 0 ? page : 1;
}

/** Reads one of some words from the address. */
export function choiceParam<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value);
}

/** The parameters that say something, so that the address stays short. */
export function present<Params extends Record<string, unknown>>(params: Params): { [Key in keyof Params]?: Params[Key] } {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => value !== "" && value !== undefined && value !== false && value !== 1),
  ) as { [Key in keyof Params]?: Params[Key] };
}
