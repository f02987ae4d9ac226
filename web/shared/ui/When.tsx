import { Tooltip } from "@mantine/core";
import { t } from "@shared/messages/t";
import { exactTime, relativeTime } from "./time";
import classes from "./When.module.css";

interface WhenProps {
  /** ISO 8601, UTC. */
  value: string | null | undefined;
  /** IANA zone of the account; the browser's own when left out. */
  zone?: string | undefined;
}

/** How long ago, with the exact time on hover and focus. */
export function When({ value, zone }: WhenProps) {
  if (value === null || value === undefined || Number.isNaN(Date.parse(value))) return <>{t("never")}</>;
  const exact = exactTime(value, zone);
  return (
    <Tooltip label={exact} events={{ hover: true, focus: true, touch: true }}>
      {/* Focusable, so that the exact time is there without a mouse. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <time dateTime={value} className={classes.when} tabIndex={0} aria-label={`${relativeTime(value)}, ${exact}`} role="note">
        {relativeTime(value)}
      </time>
    </Tooltip>
  );
}
