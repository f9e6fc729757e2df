// Checks a signed statement of the LMS, and prints the ids that were accepted, says the LMS, and are missing here.
//
//     WEBHOOK_SECRET=whsec_... node examples/receivers/check_statement.mjs statement.json ids.txt
//
// ids.txt has the webhook-ids that you have stored, one a line; those of other days do no harm. It ends with 0 if none is
// missing, with 1 if some are, and with 2 if the statement can't be trusted. Needs nothing but Node.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const fail = (words) => {
  console.error(words);
  process.exit(2);
};

const same = (given, expected) => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

// SHA-256 over the ids, sorted by their bytes, each followed by one line end. They are ASCII, so sort() is by bytes.
const hashOf = (ids) => {
  const hash = createHash("sha256");
  for (const id of [...ids].sort()) hash.update(`${id}\n`);
  return hash.digest("hex");
};

const [, , statementFile, idsFile] = process.argv;
const envelope = JSON.parse(readFileSync(statementFile, "utf8"));
const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
const signed = `${envelope["webhook-id"]}.${envelope["webhook-timestamp"]}.${envelope.body}`;
const expected = `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
// Two signatures while the secret is rotated, with a blank between.
if (!envelope["webhook-signature"].split(" ").some((signature) => same(signature, expected)))
  fail("the signature is of another secret or of other bytes");

const stated = JSON.parse(envelope.body);
if (stated.statement !== 1) fail("it is no statement of version 1");
if (stated.ids === null) fail("it was made without ids: ask for one with ids");
const known = Object.keys(stated.ids);
const accepted = known.filter((id) => stated.ids[id] === "delivered");
if (hashOf(known) !== stated.known.sha256 || hashOf(accepted) !== stated.accepted.sha256)
  fail("the ids are not the ones that were hashed");

const here = new Set(readFileSync(idsFile, "utf8").split(/\r?\n/));
const missing = accepted.filter((id) => !here.has(id)).sort();
for (const id of missing) console.log(id);
for (const note of stated.notes) console.error(note);
console.error(`${stated.recorded} recorded, ${accepted.length} accepted, ${missing.length} missing here`);
process.exit(missing.length ? 1 : 0);
