// Local time is UTC whatever the zone of the machine. Evaluated only where it is not so already.
(function () {
  "use strict";
  const Native = Date;
  const { prototype } = Native;
  for (const part of ["Date", "Day", "FullYear", "Hours", "Milliseconds", "Minutes", "Month", "Seconds"]) {
    for (const verb of ["get", "set"]) {
      if (prototype[verb + "UTC" + part]) prototype[verb + part] = prototype[verb + "UTC" + part];
    }
  }
  prototype.getTimezoneOffset = () => 0;
  prototype.getYear = function () {
    return this.getUTCFullYear() - 1900;
  };
  const two = (number) => String(number).padStart(2, "0");
  const valid = (date) => !Number.isNaN(date.getTime());
  const dated = (date) => {
    const [day, number, month, year] = date.toUTCString().replace(",", "").split(" ");
    return `${day} ${month} ${number} ${year}`;
  };
  const timed = (date) =>
    `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT+0000 (UTC)`;
  prototype.toDateString = function () {
    return valid(this) ? dated(this) : "Invalid Date";
  };
  prototype.toTimeString = function () {
    return valid(this) ? timed(this) : "Invalid Date";
  };
  prototype.toString = function () {
    return valid(this) ? `${dated(this)} ${timed(this)}` : "Invalid Date";
  };
  prototype.toLocaleDateString = function () {
    if (!valid(this)) return "Invalid Date";
    return `${two(this.getUTCMonth() + 1)}/${two(this.getUTCDate())}/${this.getUTCFullYear()}`;
  };
  prototype.toLocaleTimeString = function () {
    if (!valid(this)) return "Invalid Date";
    const hours = this.getUTCHours();
    const time = `${two(hours % 12 || 12)}:${two(this.getUTCMinutes())}:${two(this.getUTCSeconds())}`;
    return `${time} ${hours < 12 ? "AM" : "PM"}`;
  };
  prototype.toLocaleString = function () {
    return valid(this) ? `${this.toLocaleDateString()}, ${this.toLocaleTimeString()}` : "Invalid Date";
  };
  // What names no zone is meant in UTC; dates alone already are.
  const zoned = /(?:z|gmt|utc|[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
  const dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/;
  const parse = (text) => {
    text = String(text);
    if (zoned.test(text) || dateOnly.test(text)) return Native.parse(text);
    const iso = /^\s*[+-]?\d{4,6}-\d\d-\d\d[T ]/.test(text);
    return Native.parse(iso ? text.trimEnd() + "Z" : text + " GMT");
  };
  const make = (parts) => {
    if (parts.length > 1) return Native.UTC(...parts);
    let [value] = parts;
    if (value instanceof Native) return value.getTime();
    if (value !== null && typeof value === "object") {
      const primitive = value[Symbol.toPrimitive];
      value = primitive ? primitive.call(value, "default") : value.valueOf();
      if (value !== null && typeof value === "object") value = String(value);
    }
    return typeof value === "string" ? parse(value) : Number(value);
  };
  const Replaced = new Proxy(Native, {
    apply: () => new Native().toString(),
    construct: (target, parts, newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [] : [make(parts)], newTarget),
    get: (target, name, receiver) => (name === "parse" ? parse : Reflect.get(target, name, receiver)),
  });
  prototype.constructor = Replaced;
  Object.defineProperty(globalThis, "Date", { value: Replaced, writable: true, configurable: true });
});
