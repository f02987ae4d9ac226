/** The viewer as one module; its package has no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle" {
  /** The options that we use, as the viewer names them. */
  interface Options {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    docExpansion: "list" | "full" | "none";
    defaultModelsExpandDepth: number;
    displayOperationId: boolean;
    filter: boolean;
    persistAuthorization: boolean;
  }

  export default function SwaggerUIBundle(options: Options): unknown;
}
