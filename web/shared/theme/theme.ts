import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver, 
  type MantineColorsTuple,
  type MantineThemeOverride,
  type VariantColorsResolver,
} from "@mantine/core";
import { parseHex, shadesOf } from "./colour";

/** The blue of the stayers' line, which we use where a partner chose no colour. */
const defaultPrimary = "#1259a3";

/** Greys with a little blue, from the lightest text to the darkest ground. */
const dark: MantineColorsTuple = [
  "#d5dae2",
  "#b4bdc9",
  "#a4afbd",
  "#6c7888",
  "#36424f",
  "#2a3441",
  "#1b232d",
  "#171e27",
  "#10151c",
  "#0b0f14",
];

/** Coloured text on tinted or plain ground, dark enough (or light enough) to reach 4.5:1. */
const readableColours: VariantColorsResolver = (input) => {
  const colours = defaultVariantColorsResolver(input);
  const name = input.color ?? input.theme.primaryColor;
  if (!["light", "outline", "subtle", "transparent"].includes(input.variant) || !(name in input.theme.colors)) return colours;
  const shade = (number: number) => `var(--mantine-color-${name}-${number})`;
  return { ...colours, color: `light-dark(color-mix(in srgb, ${shade(9)} 70%, black), ${shade(2)})` };
};

/** The look of the console with a partner's colour. */
export function themeFor(primary: string | undefined): MantineThemeOverride {
  const colour = primary !== undefined && parseHex(primary) !== undefined ? primary : defaultPrimary;
  return createTheme({
    fontFamily: "'Geist Variable', system-ui, sans-serif",
    fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Liberation Mono', monospace",
    headings: { fontFamily: "'Geist Variable', system-ui, sans-serif", fontWeight: "620" },
    colors: { brand: shadesOf(colour), dark },
    primaryColor: "brand",
    primaryShade: { light: 6, dark: 5 },
    autoContrast: true,
    // Above this black is easier to read than white.
    luminanceThreshold: 0.179,
    variantColorResolver: readableColours,
    defaultRadius: "md",
    cursorType: "pointer",
    respectReducedMotion: true,
    components: {
      // The mark of a required field is drawn by the style sheet, so that labels read as they are.
      InputWrapper: { defaultProps: { withAsterisk: false } },
      Modal: {
        defaultProps: { centered: true, radius: "lg", overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
        styles: { title: { fontWeight: 620, fontSize: "1.0625rem" } },
      },
      Tooltip: { defaultProps: { openDelay: 250, events: { hover: true, focus: true, touch: false } } },
      Menu: { defaultProps: { shadow: "md", radius: "md" } },
      // A dialog's head is no banner of the page.
      ModalHeader: { defaultProps: { component: "div" } },
      DrawerHeader: { defaultProps: { component: "div" } },
      Drawer: { styles: { title: { fontWeight: 620, fontSize: "1.0625rem" } } },
      Badge: { defaultProps: { tt: "none", fw: 600 } },
      Switch: { defaultProps: { withThumbIndicator: false } },
    },
  });
}

/** Ties the component library's variables to ours. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "var(--v-surface)",
    "--mantine-color-text": "var(--v-ink)",
    "--mantine-color-dimmed": "var(--v-ink-soft)",
    "--mantine-color-default-border": "#8f95a0",
    "--mantine-color-placeholder": "#6a7383",
    "--mantine-color-error": "#c22525",
  },
  dark: {
    "--mantine-color-body": "var(--v-surface)",
    "--mantine-color-text": "var(--v-ink)",
    "--mantine-color-dimmed": "var(--v-ink-soft)",
    "--mantine-color-default": "#10151c",
    "--mantine-color-brand-light": "color-mix(in srgb, var(--mantine-color-brand-5) 30%, transparent)",
    "--mantine-color-brand-light-hover": "color-mix(in srgb, var(--mantine-color-brand-5) 40%, transparent)",
    "--mantine-color-default-border": "#6c7888",
    "--mantine-color-placeholder": "#8d99a8",
    "--mantine-color-error": "#ff8f87",
  },
});
