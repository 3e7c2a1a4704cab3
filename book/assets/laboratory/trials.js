// The classic tasks: inputs that last, example trials and what came of them.
(() => {
  "use strict";
  const L = window.LPULab;

  // Give an input for its time; another one on its channel takes its place.
  L.give = (lab, channel, sign) => {
    const { size, ms } = lab.task.inputs[channel];
    lab.given[channel] = { size: sign * size, left: Math.round(ms / lab.net.dt) };
  };

  // The next example, from rates near 0, as in training; the steps that it takes.
  L.beginTrial = (lab) => {
    const number = ((lab.trial?.number ?? 0) % lab.task.trials.length) + 1;
    lab.trial = { number, at: 0, said: [], ...lab.task.trials[number - 1] };
    lab.given = [];
    lab.answer = null;
    return lab.trial.steps;
  };

  const isOn = ({ trial }) => trial !== null && trial.at < trial.steps;

  // The inputs (D) of the next step, by hand and of the trial.
  L.heard = (lab) => {
    const { given, trial, net, channels } = lab;
    const values = Array.from({ length: channels }, (_, d) => (given[d]?.left > 0 ? given[d].size : 0));
    if (!isOn(lab)) return values;
    const now = trial.at * net.dt;
    for (const [d, from, to, size] of trial.inputs) if (now >= from && now < to) values[d] += size;
    return values;
  };

  // A step is done: what was given has lasted that much longer, and the trial tells the right answer once it is due.
  L.followTrial = (lab) => {
    const { given, trial, kappa, task } = lab;
    for (const one of given) if (one) one.left--;
    if (!isOn(lab)) return;
    if (trial.at >= trial.due) {
      lab.answer = trial.answer[trial.at - trial.due];
      trial.said.push(kappa.slice(0, task.outputs));
    }
    trial.at++;
    if (isOn(lab)) return;
    const mean = (rows) => rows[0].map((_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
    lab.judged = { number: trial.number, said: mean(trial.said), right: mean(trial.answer) };
    lab.tell(`The end of ${L.verdict(lab.judged)}.`);
  };

  const short = (x) => x.toFixed(2).replace("-", "−");
  const list = (values) => (values.length === 1 ? short(values[0]) : `(${values.map(short).join(", ")})`);
  L.verdict = ({ number, said, right }) =>
    `trial ${number}: ${list(said)} on average in the answer, right is ${list(right)}`;

  // Where a classic task stands.
  L.standing = ({ trial, judged, task, net }) => {
    if (isOn({ trial })) return `trial ${trial.number} of ${task.trials.length}, ${trial.at * net.dt} ms`;
    return judged ? `trial ${judged.number} of ${task.trials.length} is over` : "no trial yet";
  };
})();
