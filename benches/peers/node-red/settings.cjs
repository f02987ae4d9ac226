// Node-RED as its production guide has it: no editor, no projects, nothing sent home.
module.exports = {
    flowFile: "flows.json",
    credentialSecret: false,
    httpAdminRoot: false,
    uiHost: "127.0.0.1",
    uiPort: Number(process.env.PORT),
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: "warn", metrics: false, audit: false } },
    editorTheme: { projects: { enabled: false }, tours: false },
};
