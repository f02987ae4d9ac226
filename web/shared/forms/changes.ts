/**
 * The members of a request that differ from what the form began with. A PUT keeps what is left out, so two
 * people who change different things do not undo each other's work.
 */
export function changesBetween<Wire extends object>(before: Wire, after: Wire): Partial<Wire> {
  const changed = Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof Wire]));
  return Object.fromEntries(changed) as Partial<Wire>;
}
