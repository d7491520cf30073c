// What a report on one run of each network would have said: of the claims that all runs settle, and
// of those on which single runs disagree.
{
  const compared = data.claims.filter(({ holds }) => holds.length);
  const judged = compared.filter(({ verdict }) => ["supported", "contradicted"].includes(verdict));
  const agreeing = ({ holds }) => holds.filter(Boolean).length / holds.length;
  const split = compared.filter((claim) => agreeing(claim) > 0 && agreeing(claim) < 1);
  let [draws, agreed] = [0, 0];
  byId("draw-run").addEventListener("click", () => {
    const share = Math.random();
    const holds = (claim) => claim.holds[Math.floor(share * claim.holds.length)];
    const otherwise = judged.filter((claim) => holds(claim) !== (claim.verdict === "supported"));
    const against = split.filter((claim) => holds(claim) !== agreeing(claim) > 0.5);
    const same = judged.length - otherwise.length;
    [draws, agreed] = [draws + 1, agreed + same];
    const drawn = byId("drawn");
    drawn.replaceChildren();
    add(drawn, "p", { class: "lead" }, `A report on this run would be right in ${same} of ${judged.length} sentences that all runs settle, and wrong in ${otherwise.length}.`);
    add(drawn, "p", {}, `On ${split.length} sentences single runs disagree: in ${against.length} of them this run says the opposite of most.`);
    add(drawn, "p", {}, `Draws so far: ${draws}; right in ${shortly((100 * agreed) / (draws * judged.length), 100)} % of their sentences.`);
    const list = add(drawn, "details");
    add(list, "summary", {}, "Where it would be wrong");
    for (const claim of otherwise) {
      const item = add(list, "p", {}, holds(claim) ? "It would say so: " : "It would deny: ");
      add(item, "a", { href: `#${claim.anchor}` }, claim.statement);
      add(item, "span", { "data-verdict": claim.verdict }, ` All runs: ${data.marks[claim.verdict]} ${claim.verdict}.`);
    }
  });
}
