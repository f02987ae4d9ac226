import type { MantineColorsTuple } from "@mantine/core";

/** Red, green and blue, each 0 to 255. */
type Rgb = [number, number, number];

/** `#0b4f8a` or `#08f` as numbers; nothing when it is not a colour. */
export function parseHex(hex: string): Rgb | undefined {
  const match = /^#(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(hex.trim());
  if (match === null) return undefined;
  const digits = match[1] === undefined ? (match[2] ?? "") : match[1].replace(/./g, "$&$&");
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mix(from: Rgb, to: Rgb, share: number): string {
  const channel = (index: 0 | 1 | 2) =>
    Math.round(from[index] + (to[index] - from[index]) * share)
      .toString(16)
      .padStart(2, "0");
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}

const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** Ten shades, from a tint for backgrounds to a dark one for text; the colour itself is the seventh. */
export function shadesOf(hex: string): MantineColorsTuple {
  const base = parseHex(hex) ?? black;
  return [
    mix(base, white, 0.93),
    mix(base, white, 0.85),
    mix(base, white, 0.72),
    mix(base, white, 0.56),
    mix(base, white, 0.4),
    mix(base, white, 0.14),
    mix(base, white, 0),
    mix(base, black, 0.14),
    mix(base, black, 0.28),
    mix(base, black, 0.42),
  ];
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (channel: number) => {
    const share = channel / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** The contrast of two colours as WCAG defines it, 1 to 21. */
export function contrast(one: string, other: string): number {
  const a = luminance(parseHex(one) ?? black);
  const b = luminance(parseHex(other) ?? black);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Black or white, whichever is easier to read on a colour. */
export function textOn(hex: string): string {
  return contrast(hex, "#ffffff") >= 4.5 ? "#ffffff" : "#000000";
}
