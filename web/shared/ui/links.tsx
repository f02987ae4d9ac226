import { ActionIcon, Anchor, Button, Menu, type ActionIconProps, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { ComponentPropsWithRef, ReactNode } from "react";

type Native = Omit<ComponentPropsWithRef<"a">, keyof ButtonProps | keyof AnchorProps>;

/** A link that looks like a link. */
export const AnchorLink = createLink((props: AnchorProps & Native) => <Anchor {...props} />);

/** A link that looks like a button. */
export const ButtonLink = createLink((props: ButtonProps & Native) => <Button component="a" {...props} />);

/** A link that is a small picture; give it an `aria-label`. */
export const IconLink = createLink(
  (props: Omit<ActionIconProps, "children"> & Omit<ComponentPropsWithRef<"a">, "color" | "style">) => (
    <ActionIcon component="a" {...props} />
  ),
);

/** An entry of a menu that leads to a page. */
export const MenuLink = createLink(
  ({ leftSection, ...props }: { leftSection?: ReactNode } & Omit<ComponentPropsWithRef<"a">, "color" | "style">) => (
    <Menu.Item component="a" leftSection={leftSection} {...props} />
  ),
);

/** A tab that is an address of its own; the panel is the page below. */
export const SectionLink = createLink(({ children, ...props }: ComponentPropsWithRef<"a">) => <a {...props}>{children}</a>);

