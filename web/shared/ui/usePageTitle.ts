import { createContext, useContext, useEffect } from "react";
import { t } from "@shared/messages/t";

/** The partner's name for the product. */
export const AppNameContext = createContext("Velodrome");

/** The name that the partner gave the product. */
export function useAppName(): string {
  return useContext(AppNameContext);
}

/** Names the browser's tab after the page. */
export function usePageTitle(page: string): void {
  const app = useAppName();
  useEffect(() => {
    document.title = t("app.title", { page, app });
  }, [page, app]);
}
