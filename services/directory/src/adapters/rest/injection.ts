/** The `DirectoryStore` that the controllers use. */
export const DIRECTORY_STORE = Symbol('DirectoryStore');

/** The OpenAPI document. */
export const OPENAPI_DOCUMENT = Symbol('OpenApiDocument');
export const IMPORT_OBSERVER = Symbol('ImportObserver');
