// Loads moment and CryptoJS into a realm; read when a script first names one of them. Evaluates to a function of
// `source`, which gives a library as a function of `module`, `exports` and `require`, or says that there is none of
// that name; of `randomWord`; and of `sha256`, which adds a block to a hash.
(function (source, randomWord, sha256) {
  "use strict";
  const commonJs = (name, require) => {
    const module = { exports: {} };
    source(name)(module, module.exports, require);
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
      const random = { randomBytes: () => ({ readInt32LE: randomWord }) };
      crypto = commonJs("crypto-js", (name) => (name === "crypto" ? random : {}));
      hexadecimal(crypto);
      // The rounds of the hash that nearly everybody wants are the one part that takes twenty times as long here.
      crypto.algo.SHA256._doProcessBlock = function (words, offset) {
        sha256(this._hash.words, words, offset);
      };
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

  return (name) => {
    if (name === "moment" || name === "moment-timezone") return loadMoment();
    if (name === "crypto-js") return loadCrypto();
    return source(name);
  };
});
