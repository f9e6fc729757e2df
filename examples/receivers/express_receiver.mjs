// A receiver in Express: checks who calls, drops repeats, keeps the newest result of a learner and lesson.
//
//     npm install express
//     WEBHOOK_AUTHORIZATION='Token abc' WEBHOOK_SECRET=whsec_... node examples/receivers/express_receiver.mjs 9000
//
// Results are kept in memory here; keep yours, and the ids that were seen, in one transaction of a database.

import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const { WEBHOOK_AUTHORIZATION, WEBHOOK_SECRET } = process.env;
const KEY = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
// Seconds. An older request may be one that somebody recorded and sends again.
const TOLERANCE = 300;

const seen = new Set();
const results = new Map();
const congratulations = [];
const app = express();

const same = (given, expected) => {
  const [a, b] = [Buffer.from(given, "latin1"), Buffer.from(expected, "latin1")];
  return a.length === b.length && timingSafeEqual(a, b);
};

// The bytes as they came: parsed and written again, they may be others, and the signature would not fit.
app.post("/completions", express.raw({ type: () => true, limit: "256kb" }), (request, response) => {
  const id = request.get("webhook-id") ?? "";
  const timestamp = request.get("webhook-timestamp") ?? "";
  // Express leaves it undefined where somebody sends none.
  const body = request.body ?? Buffer.alloc(0);
  const digest = createHmac("sha256", KEY).update(`${id}.${timestamp}.`).update(body).digest("base64");
  // Two signatures while the secret is rotated, with a blank between.
  const signatures = (request.get("webhook-signature") ?? "").split(" ");
  const trusted =
    same(request.get("authorization") ?? "", WEBHOOK_AUTHORIZATION) &&
    signatures.some((signature) => same(signature, `v1,${digest}`)) &&
    Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE;
  if (!trusted) return response.sendStatus(401);

  // The sample, by which somebody tries the endpoint, is accepted and kept nowhere.
  if (!id.startsWith("test-") && !seen.has(id)) {
    const completion = JSON.parse(body);
    // Ids are text: JavaScript rounds numbers above 2^53.
    const key = JSON.stringify([completion.user.id, completion.lesson.id]);
    const known = results.get(key);
    // A retake's result may come before the older one that was held back: the newest stays.
    if (!known || known.completed_at <= completion.completed_at) results.set(key, completion);
    // Nobody is congratulated for a lesson of long ago.
    if (request.get("webhook-backfill") !== "true") congratulations.push([completion.user.id, completion.lesson.id]);
    seen.add(id);
  }
  // Only now, when it is kept: after every other response it is sent again.
  response.sendStatus(204);
});

app.get("/congratulations", (_request, response) => response.json(congratulations));

app.get("/results", (_request, response) => response.json([...results.values()]));

app.listen(Number(process.argv[2]), "127.0.0.1");
