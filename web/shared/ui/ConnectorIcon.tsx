import classes from "./ConnectorIcon.module.css";

interface ConnectorIconProps {
  /** `data:` URI; the first letter stands in when there is none. */
  icon: string | null | undefined;
  name: string;
  size?: number;
}

/** A connector's picture. Decorative: its name always stands beside it. */
export function ConnectorIcon({ icon, name, size = 36 }: ConnectorIconProps) {
  return (
    <span className={classes.frame} style={{ width: size, height: size, fontSize: size * 0.42 }} aria-hidden="true">
      {icon ? <img src={icon} alt="" width={size} height={size} loading="lazy" /> : name.slice(0, 1).toUpperCase()}
    </span>
  );
}
