import { notifications } from "@mantine/notifications";
import { t } from "@shared/messages/t";

const closeButtonProps = { "aria-label": t("form.close") };

/** Says for a few seconds that something worked; screen readers hear it politely. */
export function toast(message: string): void {
  notifications.show({ message, color: "teal", autoClose: 5000, withBorder: true, role: "status", closeButtonProps });
}

/** Says that something failed which has no place of its own on the page. */
export function toastFailure(title: string, error: Error): void {
  notifications.show({
    title,
    message: error.message === "" ? t("form.notSaved") : error.message,
    color: "red",
    autoClose: 10_000,
    withBorder: true,
    closeButtonProps,
  });
}
