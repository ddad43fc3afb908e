import { defineErrors } from "../base/errors.ts";

/** Requests to other runners that cannot be made as they are. */
export const remoteErrors = defineErrors("remote", "input", {
  bad_address: (d: { got: string }) =>
    `"${d.got}" is not the address of a server; write it as http://host:port, with a path if its interface has one`,
  refused: (d: { url: string; status: number; answer: string }) =>
    `${d.url}: the server refused the request with status ${d.status}: ${d.answer}; check the model's name, the key and the settings`,
  no_logprobs: (d: { url: string }) =>
    `${d.url}: the server does not tell the log-probabilities of a prompt (echo with logprobs), which this task needs; use a ` +
    `task with "output_type: generate_until", or another server`,
  ids_not_taken: (d: { url: string }) =>
    `${d.url}: the server takes texts, and the request holds token ids; give the text itself`,
  no_command: (d: { command: string; reason: string }) =>
    `the command "${d.command}" cannot be started: ${d.reason}; check its name and that it is installed`,
  no_such_task: (d: { task: string; known: readonly string[] }) =>
    `the command's results have no task "${d.task}" (known: ${d.known.join(", ")}); the names must agree`,
});

/** What other runners do wrong, or what keeps them from answering. */
export const remoteFaults = defineErrors("remote", "environment", {
  unreachable: (d: { url: string; tries: number; reason: string }) =>
    `${d.url}: no answer after ${d.tries} ${d.tries === 1 ? "try" : "tries"}: ${d.reason}; check that the server runs and is not overloaded`,
  bad_answer: (d: { url: string; problem: string }) =>
    `${d.url}: the server's answer is not what its interface promises: ${d.problem}`,
  command_failed: (d: { command: string; how: string; output: string }) =>
    `the command "${d.command}" ${d.how}; its last words: ${d.output}`,
  bad_output: (d: { command: string; problem: string }) =>
    `the command "${d.command}" did not give results in JSON: ${d.problem}`,
});
