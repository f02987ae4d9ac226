import "@fontsource-variable/geist";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@shared/theme/global.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "@app/App";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html lacks the root element");

createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
