import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { DefinitionVerdict } from "@shared/api/types";
import { validateText } from "@shared/queries/customConnectors";

/** How long after the last change the server is asked, in milliseconds. */
const settle = 500;

/** What the server says of a text, a moment after it last changed. */
export function useValidation(owner: string, text: string) {
  const settled = useSettled(text);
  const query = useQuery({
    queryKey: ["custom-connector-check", owner, settled],
    queryFn: ({ signal }): Promise<DefinitionVerdict> => validateText(owner, settled, signal),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  });
  return { data: query.data, error: query.error, checking: query.isFetching || settled !== text };
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settle);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
