// The flow, the fixed points and the basins: what was known is followed at once; all is searched anew in a worker, or, on a
// page from a file, where there is none, in slices of frames.
(() => {
  "use strict";
  const L = window.LPULab;
  const here = document.currentScript.src;

  const startWorker = (heard) => {
    if (!/^https?:/.test(location.protocol)) return null;
    try {
      const worker = new Worker(new URL("worker.js", here));
      worker.onmessage = heard;
      return worker;
    } catch {
      return null;
    }
  };

  L.search = (lab) => {
    let [job, work, busy] = [0, null, false];

    const take = (answer) => {
      const { flows, fixed, basins, bifurcations } = answer;
      if (flows) [lab.flows, lab.reach] = [flows, flows.reach];
      if (fixed) [lab.fixed, lab.lost] = [{ ...fixed, known: true }, []];
      if (basins) lab.basins = basins;
      if (bifurcations) lab.bifurcations = bifurcations;
      if (answer.done) busy = false;
      lab.soil("field", "plane", "outputs");
      lab.found?.(answer);
    };
    const worker = startWorker(({ data }) => data.job === job && take(data));

    const begin = () => {
      const { net, input, room } = lab;
      const axis = lab.bifurcations ? null : lab.axis; // once a network
      if (lab.fixed) {
        const old = [...lab.fixed.points, ...lab.lost];
        const { points, lost } = L.followed(net, old, input);
        [lab.fixed, lab.lost] = [{ points, complete: lab.fixed.complete && !lost.length, known: false }, lost];
      }
      lab.soil("plane");
      busy = true;
      const question = { job: ++job, net, u: input, axis, room };
      if (worker) worker.postMessage(question);
      else work = L.landscape(question);
    };
    const isOn = () => work !== null;
    const goOn = (until) => {
      do {
        const { done, value } = work.next();
        if (value) take(value);
        if (done) {
          work = null;
          take({ done });
        }
      } while (work && performance.now() < until);
    };

    return { begin, isOn, goOn, isBusy: () => busy };
  };
})();
