// Prepares a realm before any script is seen. Evaluates to a function of `native`, the few doors that
// are no globals.
(function (native) {
  "use strict";
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

  // Nothing shared, nothing that waits, no clock finer than Date.
  for (const name of ["SharedArrayBuffer", "Atomics", "performance", "DOMException", "gc"]) {
    delete globalThis[name];
  }

  // Shown to the levels that may see it; nobody can assign to it.
  Object.defineProperty(globalThis, "method_auth_value", { get: native.authValue, configurable: true });

  class AuthRefreshException extends Error {
    constructor(message = "the credential must be refreshed") {
      super(message);
    }
  }
  class AuthSessionException extends Error {
    constructor(message = "the session must be renewed") {
      super(message);
    }
  }
  for (const exception of [AuthRefreshException, AuthSessionException]) {
    Object.defineProperty(exception.prototype, "name", { value: exception.name });
    define(exception.name, exception);
  }

  const log = (...values) => native.log(...values);
  define("console", { log, info: log, warn: log, error: log, debug: log });

  // A library is read when it is first named. Assigning to its name gives the name up, as with any
  // other global.
  const library = (name, load) => {
    const settle = (value) => (define(name, value), value);
    Object.defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get: () => settle(load()),
      set: settle,
    });
  };
  let load;
  const loaded = (name) => (load ??= native.libraries())(name);
  library("moment", () => loaded("moment"));
  library("CryptoJS", () => loaded("crypto-js"));
  define("require", (name) => loaded(String(name)));
});
