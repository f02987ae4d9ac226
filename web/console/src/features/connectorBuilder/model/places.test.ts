import { expect, test } from "vitest";
import { placeOf } from "./places";

const document = { methods: [{ key: "list" }] };

test.each([
  ["", { tab: "settings" }],
  ["/name", { tab: "settings" }],
  ["/authentications/0/oauth2/type", { tab: "authentication" }],
  ["/paging/inbound", { tab: "rateLimits" }],
  ["/methods", { tab: "methods" }],
  ["/methods/0", { tab: "methods", method: "list", part: "settings" }],
  ["/methods/0/response/fields/3", { tab: "methods", method: "list", part: "response" }],
  ["/methods/0/rateLimit", { tab: "methods", method: "list", part: "rateLimits" }],
])("%s is edited at %j", (pointer, place) => {
  expect(placeOf(document, pointer)).toEqual(place);
});
