import { defineErrors } from "../base/errors.ts";

/** What can be wrong with a request to the server. `param` is the place in the body. */
export const serverErrors = defineErrors("server", "input", {
  not_json: (d: { why: string }) => `the body is not JSON: ${d.why}`,
  bad_parameter: (d: { param: string; got: string; allowed: string }) =>
    `"${d.param}" is ${d.got}; it must be ${d.allowed}`,
  body_too_long: (d: { maxBytes: number }) => `the body is longer than ${d.maxBytes} bytes; send less`,
  not_found: (d: { path: string; known: readonly string[] }) =>
    `there is nothing at ${d.path}; there is ${d.known.join(", ")}`,
  wrong_method: (d: { path: string; method: string; allowed: string }) =>
    `${d.path} takes ${d.allowed}, and not ${d.method}`,
  foreign_host: (d: { host: string }) =>
    `the request is for the host "${d.host}", which is not this server's; call it by the address that it prints`,
});

/** What the machine does not let the server do. */
export const serverMachineErrors = defineErrors("server", "environment", {
  cannot_listen: (d: { host: string; port: number; why: string }) =>
    `the server cannot listen at ${d.host}:${d.port}: ${d.why}; choose another --port`,
});
