import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";

/**
 * What to say about a refused sign-in; "code" when the password was right and the second factor is
 * wanted next.
 */
export function problemOf(error: Error | null, codeWasAsked: boolean): string | undefined {
  if (error === null) return undefined;
  if (!(error instanceof ApiError)) return error.message;
  if (error.code === "session.second_factor_required") return codeWasAsked ? undefined : "code";
  if (error.code === "session.invalid_credentials") return t(codeWasAsked ? "signIn.invalidCode" : "signIn.invalid");
  if (error.status === 429) return t("signIn.tooMany");
  return error.message;
}
