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
  const commonJs = (name, require) => {
    const module = { exports: {} };
    native.library(name)(module, module.exports, require);
    return module.exports;
  };
  const none = () => ({});

  let moment;
  const loadMoment = () => {
    if (moment === undefined) {
      const loaded = commonJs("moment", none);
      commonJs("moment-timezone", () => loaded);
      loaded.tz.setDefault("UTC");
      Object.freeze(loaded.fn);
      Object.freeze(loaded.tz);
      // It replaces these two itself while it reads a time in a zone.
      for (const name of Object.keys(loaded)) {
        if (name !== "now" && name !== "defaultZone") {
          Object.defineProperty(loaded, name, { writable: false, configurable: false });
        }
      }
      moment = Object.preventExtensions(loaded);
    }
    return moment;
  };

  let crypto;
  const loadCrypto = () => {
    if (crypto === undefined) {
      const random = { randomBytes: () => ({ readInt32LE: native.random }) };
      crypto = commonJs("crypto-js", (name) => (name === "crypto" ? random : {}));
      hexadecimal(crypto);
      for (const part of ["lib", "enc", "algo", "mode", "pad", "format", "kdf", "x64"]) {
        if (crypto[part]) Object.freeze(crypto[part]);
      }
      Object.freeze(crypto);
    }
    return crypto;
  };

  // Ciphers write themselves as hexadecimal digits unless they are told otherwise, and what they wrote
  // can be deciphered again.
  const hexadecimal = (library) => {
    const { CipherParams, SerializableCipher } = library.lib;
    const { Base64, Hex } = library.enc;
    const openSsl = library.format.OpenSSL;
    const encoders = Object.values(library.enc);
    CipherParams.toString = function (format) {
      if (format && !encoders.includes(format)) return format.stringify(this);
      return Base64.parse(openSsl.stringify(this)).toString(format || Hex);
    };
    const parse = SerializableCipher._parse;
    SerializableCipher._parse = function (text, format) {
      if (typeof text === "string" && format === openSsl && text.length % 16 === 0 && /^[0-9a-f]+$/.test(text)) {
        return format.parse(Hex.parse(text).toString(Base64));
      }
      return parse.call(this, text, format);
    };
  };

  library("moment", loadMoment);
  library("CryptoJS", loadCrypto);
  define("require", (name) => {
    if (name === "moment" || name === "moment-timezone") return loadMoment();
    if (name === "crypto-js") return loadCrypto();
    throw native.unknownModule(String(name));
  });
});
