import type { components } from "./schema";

type Schemas = components["schemas"];

/**
 * The document describes words declared in place as "one of these, and an object"; they are words.
 */
type Worded<Body, Name extends keyof Body, Words extends string> = Omit<Body, Name> & Record<Name, Words>;

export type Account = Schemas["Account"];
export type AccountConnector = Schemas["AccountConnector"];
export type AccountConnectorProperty = Schemas["AccountConnectorProperty"];
export type AccountConnectorUpdate = Schemas["AccountConnectorUpdate"];
export type AccountCreate = Schemas["AccountCreate"];
export type AccountUpdate = Schemas["AccountUpdate"];
export type Administrator = Schemas["Administrator"];
export type AdministratorRole = Schemas["AdministratorRole"];
export type AdministratorUpdate = Schemas["AdministratorUpdate"];
export type AppearanceSettings = Schemas["AppearanceSettings"];
export type AuditLogEntry = Worded<Schemas["AuditLogEntry"], "ActorType", "Administrator" | "User" | "Client" | "System">;
export type AuthType = Schemas["AuthType"];
export type Authentication = Schemas["Authentication"];
export type AuthenticationState = Schemas["AuthenticationState"];
export type CategoryCopy = Schemas["CategoryCopy"];
export type CategoryCopyWrite = Schemas["CategoryCopyWrite"];
export type Connector = Schemas["Connector"];
/** A stored custom connector in the JSON form; members that the document does not name are kept. */
export type CustomConnector = Schemas["CustomConnector"] & Record<string, unknown>;
export type CustomConnectorRelease = Schemas["CustomConnectorRelease"];
export type CustomConnectorSummary = Schemas["CustomConnectorSummary"];
export type DefinitionChange = Schemas["DefinitionChange"];
export type DefinitionFault = Schemas["DefinitionFault"];
/** The document says of the definition only that it is an object. */
export type DefinitionVerdict = Omit<Schemas["DefinitionVerdict"], "Definition"> & { Definition?: Record<string, unknown> | null };
export type ConnectorGuide = Schemas["ConnectorGuide"];
export type ConnectorInstall = Schemas["ConnectorInstall"];
export type ConnectorSetup = Schemas["ConnectorSetup"];
export type ConnectorSetupWrite = Schemas["ConnectorSetupWrite"];
export type DraftTest = Schemas["DraftTest"];
export type CustomField = Schemas["CustomField"];
export type CustomFieldWrite = Schemas["CustomFieldWrite"];
export type DataType = Schemas["DataType"];
export type Field = Schemas["Field"];
export type GeneralSettings = Schemas["GeneralSettings"];
export type InvitedAdministrator = Schemas["InvitedAdministrator"];
export type IpRestriction = Schemas["IpRestriction"];
export type IpRestrictionScope = Schemas["IpRestrictionScope"];
export type LookupValue = Schemas["LookupValue"];
export type Method = Schemas["Method"];
export type MethodCall = Schemas["MethodCall"];
export type OAuthClient = Schemas["OAuthClient"];
export type OAuthClientSecret = Schemas["OAuthClientSecret"];
export type Parameter = Schemas["Parameter"];
export type PartnerConnector = Schemas["PartnerConnector"];
export type OpenApiImport = Schemas["OpenApiImport"];
export type OpenApiUpdate = Schemas["OpenApiUpdate"];
export type PartnerDetails = Schemas["PartnerDetails"];
export type PartnerUpdate = Schemas["PartnerUpdate"];
export type RetentionSettings = Schemas["RetentionSettings"];
export type RetentionUnit = Schemas["RetentionUnit"];
export type SecuritySettings = Schemas["SecuritySettings"];
export type SetupField = Schemas["SetupField"];
export type SetupToken = Schemas["SetupToken"];
export type ScriptError = Schemas["ScriptError"];
export type ScriptGlobal = Schemas["ScriptGlobal"];
export type ScriptGlobalDataType = Schemas["ScriptGlobalDataType"];
export type ScriptTest = Schemas["ScriptTest"];
export type ScriptTestResult = Schemas["ScriptTestResult"];
export type TestResult = Schemas["TestResult"];
export type Trigger = Schemas["Trigger"];
export type User = Schemas["User"];

/* Cycles, templates and what runs. */
export type CollectionKey = Schemas["CollectionKey"];
export type CollectionSplitType = Schemas["CollectionSplitType"];
export type Cycle = Schemas["Cycle"];
export type CycleActivate = Schemas["CycleActivate"];
export type CycleConnector = Schemas["CycleConnector"];
export type CycleCreate = Schemas["CycleCreate"];
export type CycleStatus = Schemas["CycleStatus"];
export type CycleUpdate = Schemas["CycleUpdate"];
export type CycleVariable = Schemas["CycleVariable"];
export type CycleVariableWrite = Schemas["CycleVariableWrite"];
export type DecisionCondition = Schemas["DecisionCondition"];
export type DecisionCriterion = Schemas["DecisionCriterion"];
export type DecisionSettings = Schemas["DecisionSettings"];
export type DelaySettings = Schemas["DelaySettings"];
export type Edge = Schemas["Edge"];
export type EdgeType = Schemas["EdgeType"];
export type FieldForMapping = Schemas["FieldForMapping"];
export type FieldMapping = Schemas["FieldMapping"];
export type Folder = Schemas["Folder"];
export type Incident = Schemas["Incident"];
export type IncidentLevel = Schemas["IncidentLevel"];
export type Interval = Schemas["Interval"];
export type MappingType = Schemas["MappingType"];
/** What is stored of the mapping of a parameter or a field. */
export type MappingWrite = Schemas["FieldMappingWrite"];
export type OperandRef = Schemas["OperandRef"];
export type ParameterMapping = Schemas["ParameterMapping"];
export type Prerequisite = Schemas["Prerequisite"];
export type Step = Schemas["Step"];
export type StepCreate = Schemas["StepCreate"];
export type StepErrorAction = Schemas["StepErrorAction"];
export type StepUpdate = Schemas["StepUpdate"];
export type Template = Schemas["Template"];
export type TemplateConnector = Schemas["TemplateConnector"];
export type TemplateInstall = Schemas["TemplateInstall"];
export type TemplateRelease = Schemas["TemplateRelease"];
export type TemplateWrite = Schemas["TemplateWrite"];
export type ReleaseCopy = Schemas["ReleaseCopy"];
export type TimeUnit = Schemas["TimeUnit"];
export type Transaction = Schemas["Transaction"];
export type TransactionItem = Schemas["TransactionItem"];
export type TransactionStatus = Schemas["TransactionStatus"];
export type TransactionStatusFilter = TransactionStatus | "All" | "InProgress";
export type UpgradeResult = Schemas["UpgradeResult"];
export type WaitUntilSettings = Schemas["WaitUntilSettings"];
export type WebhookMapping = Schemas["WebhookMapping"];
