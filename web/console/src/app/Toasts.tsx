import { Notifications } from "@mantine/notifications";

/** Where short notes appear. */
export function Toasts() {
  return <Notifications position="bottom-left" />;
}
