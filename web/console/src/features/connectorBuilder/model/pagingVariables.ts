/** What stands in a hidden parameter's values and is replaced for every page. */
export const pagingVariables = ["CYCLR_PAGE_NUMBER", "CYCLR_PAGE_OFFSET", "CYCLR_PAGE_SIZE", "CYCLR_PAGE_NEXT_URL", "CYCLR_PAGE_TOKEN"] as const;

/** Drops a parameter that the connector has for every method. */
export const ignoreParameter = "CYCLR_IGNORE_PARAMETER";

/** The values to offer for a parameter, by where it goes. */
export function valuesOffered(targetType: string, inMethod: boolean): string[] {
  const paging: string[] =
    targetType === "ResponseField"
      ? ["CYCLR_PAGE_NEXT_URL", "CYCLR_PAGE_TOKEN"]
      : targetType === "FilterField"
        ? []
        : ["CYCLR_PAGE_NUMBER", "CYCLR_PAGE_OFFSET", "CYCLR_PAGE_SIZE", "CYCLR_PAGE_TOKEN"];
  return [...paging, ...(inMethod ? [ignoreParameter] : []), "{{LastSuccessfulRunDate}}"];
}
