// Waits as t of RateLimit tells it. Prints its waits, and how many were too short.
// Every second wait is ahead of a denial: when the answer says that nothing remains.
// usage: node fetch_client.mjs URL REQUESTS
import { setTimeout as sleep } from 'node:timers/promises';

const [url, requests] = process.argv.slice(2);
let waits = 0;
let early = 0;
let waited = false;
let ahead = false;
for (let i = 0; i < Number(requests); i++) {
  const response = await fetch(url);
  const received = performance.now();
  await response.text();
  const empty = [...response.headers.get('RateLimit').matchAll(/;r=0;t=(\d+)/g)];
  if (response.status === 429 && waited) {
    early++;
  }
  waited = response.status === 429 || (ahead && empty.length > 0);
  if (waited) {
    waits++;
    ahead = !ahead;
    const end = received + 1000 * Math.max(...empty.map((match) => Number(match[1])));
    while (performance.now() < end) { // a timer may fire a little before its time
      await sleep(Math.max(1, end - performance.now()));
    }
  }
}
console.log(waits, early);
