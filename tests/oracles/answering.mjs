// The verifiers as one process that answers questions: a JSON object a line in, one a line out, in order.
// {"ask": "verify", …} and {"ask": "verify-jwt", …} with what those take; `arguments` instead is a command line.
import readline from 'node:readline';
import * as proofs from './verify.mjs';
import * as tokens from './verify-jwt.mjs';

const VERIFIERS = {
  'verify': [proofs.verify, proofs.argumentsOf],
  'verify-jwt': [tokens.verifyJwt, tokens.argumentsOf],
};

for await (const line of readline.createInterface({input: process.stdin})) {
  const {ask, arguments: args, ...question} = JSON.parse(line);
  const [verify, argumentsOf] = VERIFIERS[ask];
  let answer;
  try {
    answer = await verify(args ? argumentsOf(args) : question);
  } catch (e) {
    answer = {crashed: String(e?.stack ?? e)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
