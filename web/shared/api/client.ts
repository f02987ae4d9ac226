import createClient from "openapi-fetch";
import { guardedFetch } from "./guardedFetch";
import type { paths } from "./schema";

/** The typed client of the REST API, authorised by the console's session cookie. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: guardedFetch });

/** The header parameter that names the account of an account-level call. */
export function inAccount(accountId: string) {
  return { "X-Cyclr-Account": accountId };
}
