import "./library";
import { addMessages } from "../t";
import { connectorBuilderMessages } from "./connectorBuilder";
import { customConnectorMessages } from "./customConnectors";
import { scriptMessages } from "./scripts";

/** Texts of building connectors: many, so that they come with the pages that need them. Words for methods are the library's. */
export const buildingMessages = { ...scriptMessages, ...customConnectorMessages, ...connectorBuilderMessages } as const;

addMessages(buildingMessages);
