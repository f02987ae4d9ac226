import type { PartnerDisplay } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import classes from "./Shell.module.css";

/** Says that calls do not reach the providers they name. */
export function SandboxBanner({ partner }: { partner: PartnerDisplay }) {
  if (!partner.Sandbox && !partner.EgressRewrite) return null;
  return (
    <section className={classes.banner} aria-label={t("app.notice")}>
      {partner.Sandbox ? t("app.sandbox") : t("app.rewrite")}{" "}
      {partner.Sandbox && partner.SandboxUrl && (
        <a href={partner.SandboxUrl} target="_blank" rel="noreferrer">
          {t("app.sandboxLink")}
        </a>
      )}
    </section>
  );
}
