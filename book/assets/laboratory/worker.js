// The landscape of a network, away from the page: a question of search.js comes in, parts of its answer go back.
"use strict";
self.window = self;
importScripts(...["networks", "fixed-points", "landscape"].map((name) => `../formulas/${name}.js`));

let asked = null; // the newest question, and what is at work on it
const channel = new MessageChannel(); // lets a newer question in between two slices
const SLICE = 12; // ms

channel.port1.onmessage = () => {
  if (!asked) return;
  const { job, work } = asked;
  for (const end = performance.now() + SLICE; performance.now() < end; ) {
    const { done, value } = work.next();
    if (value) self.postMessage({ job, ...value });
    if (done) {
      asked = null;
      self.postMessage({ job, done });
      return;
    }
  }
  channel.port2.postMessage(0);
};

self.onmessage = ({ data }) => {
  const busy = asked !== null;
  asked = { job: data.job, work: self.LPULab.landscape(data) };
  if (!busy) channel.port2.postMessage(0);
};
