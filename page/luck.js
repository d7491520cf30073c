// What a report on one run of each network would have said, beside the verdict on all of them.
{
  const asked = data.claims.filter((claim) => claim.kind === "many runs");
  const judged = asked.filter((claim) => claim.verdict !== "undecided");
  let [draws, agreed] = [0, 0];
  // Whether all that a claim says was so in the run at this share of its runs.
  const holds = (claim, share) => {
    const tested = claim.parts.map((part) => part.single_runs).filter((runs) => runs.length);
    const run = Math.floor(share * Math.min(...tested.map((runs) => runs.length)));
    return tested.every((runs) => runs[run]);
  };
  byId("draw-run").addEventListener("click", () => {
    const share = Math.random();
    const otherwise = judged.filter((claim) => holds(claim, share) !== (claim.verdict === "supported"));
    const same = judged.length - otherwise.length;
    [draws, agreed] = [draws + 1, agreed + same];
    byId("drawn").replaceChildren();
    add(byId("drawn"), "p", { class: "lead" }, `A report on this run agrees with ${same} of ${judged.length} verdicts, and is as sure of ${asked.length - judged.length} claims that all runs leave undecided. Where it says otherwise:`);
    const said = (claim) => (holds(claim, share) ? "It is so: " : "It is not so: ");
    const list = add(byId("drawn"), "ul");
    for (const claim of otherwise) {
      const item = add(list, "li", {}, said(claim));
      add(item, "a", { href: `#${claim.id}` }, claim.statement);
      item.append(` (all runs: ${data.marks[claim.verdict]} ${claim.verdict})`);
    }
    const report = add(byId("drawn"), "details");
    add(report, "summary", {}, "The whole report on this run");
    for (const claim of asked) add(report, "p", {}, `${said(claim)}${claim.statement}`);
    add(byId("drawn"), "p", {}, `Draws so far: ${draws}; of their sentences ${shortly((100 * agreed) / (draws * judged.length), 100)} % agree.`);
  });
}
