import type { Method } from "@shared/api/types";

/** Methods of one category, in their own order. */
export interface MethodCategory {
  name: string;
  methods: Method[];
}

/** Groups methods by category, keeping the order in which they came; hidden ones stay out. */
export function byCategory(methods: readonly Method[]): MethodCategory[] {
  const groups = new Map<string, Method[]>();
  for (const method of methods) {
    if (method.IsHidden === true) continue;
    const group = groups.get(method.Category);
    if (group === undefined) groups.set(method.Category, [method]);
    else group.push(method);
  }
  return [...groups].map(([name, members]) => ({ name, methods: members }));
}
