"use strict";
// How a row came about, in words.
ivgReport.words = (() => {
  const { span, sim } = ivgReport;

  function merged(row, meta) {
    const scenes = row.last_scene - row.first_scene + 1;
    const limit = meta.merge_threshold === null ? "" : ` (threshold ${meta.merge_threshold})`;
    const edges = [
      row.sim_before === null ? "it is the first" : `the scene before is alike by ${sim(row.sim_before)}`,
      row.sim_after === null ? "it is the last" : `the one after by ${sim(row.sim_after)}`,
    ].join(", ");
    const grown = row.expanded ? " Neighbours that look the same were taken in afterwards." : "";
    if (scenes === 1) return `One scene, number ${row.first_scene + 1}${limit}: ${edges}.${grown}`;
    const links = row.scene_sims.map(sim).join(", ");
    return `Scenes ${row.first_scene + 1} to ${row.last_scene + 1} were merged, alike by ${links}${limit}; ${edges}.${grown}`;
  }

  function kept(row) {
    const by = row.captioner ? ` Captioner: ${row.captioner}.` : "";
    const edited = row.edited ? " The text was edited by a reviewer; scores are of the text before." : "";
    if (row.clip_sim === null) return `No score.${by}${edited}`;
    return `clip_sim ${sim(row.clip_sim)}, of frames with ${row.frame_sims.map(sim).join(", ")}.${by}${edited}`;
  }

  function bound(reason, value, scene, side) {
    const where = side === "start" ? "starts" : "ends";
    switch (reason) {
      case "segment":
        return `It ${where} at segment ${scene + 1}, which is alike by ${sim(value)}.`;
      case "video_start":
        return "It starts with the video: nothing before is alike.";
      case "video_end":
        return "It ends with the video: nothing after is alike.";
      case "unverified":
        return `It ${where} where scenes that were not compared begin.`;
      case "no_context":
        return side === "start" ? "There is no context before." : "There is no context after.";
      default:
        return "";
    }
  }

  function spanned(row, meta) {
    const limit = meta.same_threshold === null ? "" : ` (alike: ${meta.same_threshold} and more)`;
    const parts = [
      bound(row.neg_start_reason, row.neg_start_sim, row.neg_start_scene, "start"),
      bound(row.neg_end_reason, row.neg_end_sim, row.neg_end_scene, "end"),
    ];
    return `${span(row.neg_start_sec, row.neg_end_sec)}${limit}. ${parts.join(" ")}`;
  }

  const FATES = { annotation: "in dataset", hygiene: "out: hygiene", filter: "out: filter", ground: "out: no span" };

  return { merged, kept, spanned, fate: (name) => FATES[name] || name };
})();
