/** The `DirectoryStore` that the controllers use. */
export const DIRECTORY_STORE = Symbol('DirectoryStore');

export const IMPORT_OBSERVER = Symbol('ImportObserver');
